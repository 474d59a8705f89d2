"""The content rules: a question a file (``*.rq``), and modules for texts and files."""
