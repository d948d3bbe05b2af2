# Two commands matter: `make lab` to work through the course, `make test` to prove that it holds.
.DEFAULT_GOAL := help
.PHONY: $(shell sed -nE 's/^([a-z][a-z-]*):.*/\1/p' Makefile)

PYTHON ?= python3
COURSE ?= course
RUN := .venv/bin/python
THEORY := notebooks/00-start-here.ipynb $(wildcard notebooks/*/theory.ipynb notebooks/11-appendix/*.ipynb)
MASTERS := $(wildcard solutions/*/exercises.ipynb)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# A variable as one word of the shell, just as it was typed: nothing in it is expanded or run.
typed = $(if $(value $(1)),'$(subst ','\'',$(value $(1)))')
# An option with its word, where the variable has a value.
option = $(if $(value $(2)),$(1) $(call typed,$(2)))
unexport COURSE COLUMN FILES OUT POINTS REASON ROSTER SECTION STUDENT TASK TITLE UNTIL
# The course's matrices are small: threads inside a product cost more than they bring.
export OMP_NUM_THREADS ?= 1

help:  ## A Show this list
	@echo "Students"
	@grep -hE '^[a-z]+:.*## S ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## S /  make \1\t/' | expand -t 20
	@echo "Instructors   (COURSE=folder, default: course; SECTION=01-population-risk, default: all)"
	@grep -hE '^[a-z]+:.*## I ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## I /  make \1\t/' | expand -t 20
	@echo "Authors"
	@grep -hE '^[a-z-]+:.*## A ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## A /  make \1\t/' | expand -t 20

env:  ## A Make .venv from requirements.lock
	@scripts/environment.sh "$(PYTHON)"

lab: env  ## S Open the course in JupyterLab
	@$(RUN) -m jupyterlab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks/00-start-here.ipynb

release: env  ## I Make the students' notebooks from the masters, and dist/ for students
	@$(RUN) -m grader release $(SECTION)
	@$(RUN) -m grader bundle

course: env  ## I Make the course folder, with settings to fill in
	@$(RUN) -m grader course --course $(call typed,COURSE)

collect: env  ## I Take submissions to SECTION from FILES="submissions.zip …" (ROSTER=class.csv ARGS=--dry-run)
	@if [ -e $(or $(call typed,FILES),'') ]; then set -- $(call typed,FILES); else set -- $(FILES); fi; \
		$(RUN) -m grader collect $(SECTION) --course $(call typed,COURSE) $(call option,--roster,ROSTER) $(ARGS) "$$@"

autograde: env  ## I Grade what lies in COURSE/submitted (ARGS="--workers 2 --force …")
	@$(RUN) -m grader autograde $(SECTION) --course $(call typed,COURSE) $(ARGS)

regrade: env  ## I Grade anew what a mended test of one SECTION touches; say who gained or lost
	@$(RUN) -m grader regrade $(SECTION) --course $(call typed,COURSE) $(ARGS)

late: env  ## I Say who was late, and what that costs
	@$(RUN) -m grader late $(SECTION) --course $(call typed,COURSE)

extension: env  ## I Give STUDENT until UNTIL (or DAYS more) for SECTION (REASON=…); alone: list them
	@$(RUN) -m grader extension $(call typed,STUDENT) $(SECTION) --course $(call typed,COURSE) \
		$(call option,--until,UNTIL) $(call option,--days,DAYS) $(call option,--reason,REASON) $(ARGS)

extra: env  ## I Give STUDENT POINTS more in SECTION, or fewer, for a REASON (TASK=task3)
	@$(RUN) -m grader extra $(call typed,STUDENT) $(SECTION) $(call typed,POINTS) --course $(call typed,COURSE) \
		$(call option,--reason,REASON) $(call option,--task,TASK)

grades: env  ## I Print the grades of one SECTION (FORMAT=table, csv or json)
	@$(RUN) -m grader grades $(SECTION) --course $(call typed,COURSE) --format $(or $(FORMAT),table)

export: env  ## I Write grades of SECTION to OUT (FORMAT=canvas, moodle or csv; ROSTER=class.csv)
	@$(RUN) -m grader export $(SECTION) --course $(call typed,COURSE) --format $(or $(FORMAT),csv) \
		$(call option,--roster,ROSTER) $(ARGS) $(call option,-o,OUT)

feedback: env  ## I Write a feedback page for each graded submission
	@$(RUN) -m grader feedback $(SECTION) --course $(call typed,COURSE)

report: env  ## I Write a page about one SECTION: scores, mistakes, who is stuck (ARGS=--names)
	@$(RUN) -m grader report $(SECTION) --course $(call typed,COURSE) $(ARGS)

formgrader: env  ## I Grade written answers in the browser
	@$(RUN) -m grader formgrader --course $(call typed,COURSE)

gradebook: env  ## I Tell where the gradebook is (ARGS=--move takes it to a PostgreSQL server)
	@$(RUN) -m grader gradebook --course $(call typed,COURSE) $(ARGS)

site: env  ## A Build the course as a site to read: dist/site (OUT=folder)
	@$(RUN) -m grader site $(call option,-o,OUT)

test: env  ## A Run every check: style, types, notebooks, graders, browser
	@scripts/test.sh

test-frameworks: env  ## A Run the PyTorch, Optax and Flower snippets, in .venv-frameworks
	@scripts/frameworks.sh

lint: env  ## A Check style and types only
	@$(RUN) -m ruff check . && $(RUN) -m ruff format --check . && $(RUN) -m mypy

bank: env  ## A Run the misconception bank (SECTION=…)
	@$(RUN) -m tests.misconceptions $(SECTION)

section: env  ## A Make a new section that passes every test (NAME=11-my-topic TITLE="My topic")
	@$(RUN) scripts/new_section.py $(NAME) $(call option,--title,TITLE)

check: env  ## A Check all about one section, in under a minute (NAME=11-my-topic)
	@$(RUN) $(if $(or $(NAME),$(SECTION)),scripts/check_section.py $(or $(NAME),$(SECTION)),-m grader check)

execute: env  ## A Execute theory notebooks and masters in place (BOOKS="…")
	@$(RUN) scripts/execute.py $(or $(BOOKS),$(THEORY) $(MASTERS))

stale: env  ## A Tell which student notebooks are older than their masters
	@$(RUN) -m grader stale

picture: env  ## A Take README's picture from the start page anew
	@$(RUN) scripts/picture.py

bench: env  ## A Print what takes how long (ARGS=--full, on a quiet machine)
	@$(RUN) scripts/bench.py $(ARGS)

lock: env  ## A Resolve requirements.lock anew from pyproject.toml
	@.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--upgrade --all-extras pyproject.toml --output-file requirements.lock

clean:  ## A Remove the environment and all build products (student work stays)
	@rm -rf .venv .venv-frameworks .build dist .pytest_cache .mypy_cache .ruff_cache
