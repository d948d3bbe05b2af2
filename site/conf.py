"""Sphinx's configuration of the course site. `make site` copies it beside the prepared sources."""

project = "Stochastic optimization"
html_title = project
language = "en"
extensions = ["myst_nb", "grader.site.extension"]

# Nothing is executed: the notebooks hold their outputs, and `make test` shows that they are true.
nb_execution_mode = "off"
nb_merge_streams = True
nb_render_markdown_format = "myst"
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_dmath_allow_labels = False
myst_heading_anchors = 4
myst_heading_slug_func = "grader.site.extension.jupyter_anchor"
smartquotes = False
suppress_warnings = ["myst.header"]  # a document may skip a level
highlight_language = "none"

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["course.css"]
html_js_files = ["course.js"]
html_favicon = "static/favicon.svg"
html_use_index = False
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
templates_path = ["templates"]
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

# Part by part: MathJax's bundles start a voice that loads more files, and wait for it.
# A screen reader reads the MathML that stands beside each formula.
mathjax_path = "mathjax/startup.js"
mathjax4_config = {
    "loader": {
        "load": ["input/tex", "output/svg", "[tex]/boldsymbol", "a11y/assistive-mml"],
        "paths": {"fonts": "[mathjax]"},
    },
    "tex": {"packages": {"[+]": ["boldsymbol"]}},
    "svg": {"fontCache": "global"},
}
