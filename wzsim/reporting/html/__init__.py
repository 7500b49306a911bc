"""The report: one HTML page of many results, which works offline.

`page.Page` takes results one by one and gives the bytes of the page; `report.html`, the
style sheets and the scripts beside it are its parts.
"""
