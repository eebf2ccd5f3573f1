"""Pages for a browser: what `report` and `verify` write as HTML, and the pieces they share.

`nodes` has elements as values, `shell` the document around them with its content-security policy,
`detail` and `tree` what is shown of one file, `runs` how an audit was run, `audit` and `single` the
two pages. Styles and scripts are the files next to them. There is no build step, and a page asks
nobody for anything.
"""
