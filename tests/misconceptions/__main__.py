"""Print the bank's table: ``python -m tests.misconceptions [SLUG…] [--task N] [--seeds K]``."""

from __future__ import annotations

import argparse
import sys

from tests.misconceptions import bank


def main() -> int:
    """Run the bank of the named sections, or of all."""
    parser = argparse.ArgumentParser(prog="python -m tests.misconceptions", description=__doc__)
    parser.add_argument("slug", nargs="*", help="sections; all when none is named")
    parser.add_argument("--task", help="one task's number")
    parser.add_argument("--seeds", type=int, default=3, help="how many draws of hidden inputs")
    arguments = parser.parse_args()
    if unknown := set(arguments.slug) - set(bank.slugs()):
        parser.error(f"no master for {', '.join(sorted(unknown))}; have {', '.join(bank.slugs())}")
    failed = 0
    for slug in arguments.slug or bank.slugs():
        master = bank.Master(slug)
        solutions = bank.entries(slug)
        for task in master.tasks:
            if arguments.task and task != f"task{arguments.task}":
                continue
            for entry in solutions.get(task, []):
                seeds = range(arguments.seeds)
                found = {text for seed in seeds for text in master.judge(task, entry, seed)}
                verdict = "kept" if entry.is_right else "killed"
                print(f"{slug}  {task:7} {entry.name:34} {verdict if not found else 'FAILED'}")
                for text in sorted(found):
                    print(f"    {text}")
                failed += bool(found)
            blank = master.run(task, master.tasks[task].stub(), 0)
            if passed := [grade_id for grade_id, message in blank.items() if message is None]:
                print(f"{slug}  {task:7} the untouched stub keeps {', '.join(passed)}")
                failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
