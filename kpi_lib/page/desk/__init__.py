"""The officers' desk in JupyterLab: their own notebooks, the start page, a line from every side."""
