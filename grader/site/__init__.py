"""The course as a site to read: notebooks in, pages out, without a kernel and without a network.

``site/`` in the repository holds what is written by hand (Sphinx's configuration, style, text);
this package turns the notebooks into Sphinx's sources, has them built, and looks for secrets in
what came out.
"""
