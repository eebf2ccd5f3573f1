"""Pages for a browser: what `report` and `verify` write as HTML, and the pieces they share.

`nodes` has elements as values, `shell` the document around them with its content-security policy,
`detail` and `page_tree` what is shown of one file, `runs` how an audit was run, `audit_page` and
`single` the two pages. Styles and scripts are the files next to them: `shared` is for every page,
`list` for one that lists files. There is no build step, and a page asks nobody for anything.
"""
