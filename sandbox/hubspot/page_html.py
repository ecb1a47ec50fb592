"""The HTML of the pages: plain, server-rendered, readable in light and dark."""

from sandbox.page_script import FOLLOW

STYLE = """
:root { color-scheme: light dark; --line: #d8dde3; --soft: #f4f6f8; --ink: #1d2733; --dim: #66717e;
  --paper: #ffffff; --accent: #b5482d; --good: #23794a; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --line: #36404b; --soft: #1f262e; --ink: #e4e9ee;
  --dim: #98a4b0; --paper: #161b21; --accent: #f0886c; --good: #6cc392; --bad: #f28b82; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: baseline;
  padding: .8rem 1.5rem; border-bottom: 3px solid var(--accent); }
header strong { font-size: 1.15rem; }
header a { color: inherit; text-decoration: none; }
main { padding: 1rem 1.5rem 3rem; max-width: 90rem; margin: auto; }
nav { display: flex; flex-wrap: wrap; gap: .4rem; margin: .4rem 0 1rem; }
nav a { padding: .2rem .8rem; border: 1px solid var(--line); border-radius: 1rem; color: inherit;
  text-decoration: none; }
nav a[aria-current] { background: var(--accent); border-color: var(--accent); color: var(--paper); }
h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .35rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: anywhere; } td.mono { overflow-wrap: normal; }
th { background: var(--soft); font-weight: 600; white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
td.mono, code { font-family: ui-monospace, monospace; font-size: .85em; }
tr.gone td { color: var(--dim); text-decoration: line-through; }
tr.gone td:first-child, tr.gone td:last-child { text-decoration: none; }
a { color: var(--accent); }
.dim { color: var(--dim); } .good { color: var(--good); } .bad { color: var(--bad); }
form.row { display: flex; margin-bottom: .8rem; flex-wrap: wrap; gap: .6rem; align-items: end; }
form.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .7rem 1rem; }
label { display: block; font-size: .85rem; color: var(--dim); }
input, select, button { font: inherit; color: inherit; background: var(--paper); width: 100%;
  border: 1px solid var(--line); border-radius: .35rem; padding: .35rem .6rem; }
button { width: auto; cursor: pointer; background: var(--soft); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--paper); }
button.danger { color: var(--bad); border-color: var(--bad); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.notice { border-left: 4px solid var(--bad); background: var(--soft); padding: .6rem 1rem; margin: 1rem 0;
  white-space: pre-wrap; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(38rem, 1fr)); gap: 0 2rem; }
"""

_FOOT = "</main>{% if not problem %}" + FOLLOW + "{% endif %}</body></html>"

_FRAME = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>HubSpot stand-in</title><style>{{ style | safe }}</style></head><body>
<header><strong><a href="{{ url_for('pages.home') }}">HubSpot stand-in</a></strong>
<span class="dim">not HubSpot: a sandbox in memory</span>
<span>{{ waiting }} webhook{{ '' if waiting == 1 else 's' }} waiting,
target {{ target or 'none (they stay queued)' }}</span>
<span class="dim">this page follows by itself until you type</span></header><main>
{% if problem %}<p class="notice" role="alert">{{ problem }}</p>{% endif %}
"""

HOME = (
    _FRAME
    + """
<nav aria-label="Accounts">{% for pid in portals %}
<a href="{{ url_for('pages.home', portal=pid, kind=kind) }}" {{ 'aria-current=page' if pid == portal }}>
Account {{ pid }}</a>{% endfor %}</nav>
<nav aria-label="Record types">{% for name in kinds %}
<a href="{{ url_for('pages.home', portal=portal, kind=name) }}" {{ 'aria-current=page' if name == kind }}>
{{ name }}</a>{% endfor %}</nav>
<h2>Create a record</h2>
<form class="row" method="post" action="{{ url_for('pages.create', portal=portal, kind=kind) }}">
{% for name in columns %}<label>{{ name }}<input name="{{ name }}"></label>{% endfor %}
<button class="main">Create</button></form>
<h2>{{ total }} {{ kind }}{% if total > records | length %}, the newest {{ records | length }}{% endif %}</h2>
<div class="scroll"><table><thead><tr><th>id</th>{% for name in columns %}<th>{{ name }}</th>{% endfor %}
<th>modified</th><th>state</th></tr></thead><tbody>
{% for r in records %}<tr class="{{ 'gone' if r.state != 'live' }}">
<td class="mono"><a href="{{ url_for('pages.record', portal=portal, kind=kind, ident=r.id) }}">
{{ r.id }}</a></td>
{% for name in columns %}<td>{{ r.properties.get(name, '') }}</td>{% endfor %}
<td class="mono">{{ r.updated }}</td><td>{{ r.state }}</td></tr>
{% else %}<tr><td colspan="{{ columns | length + 3 }}" class="dim">Nothing here yet.</td></tr>{% endfor %}
</tbody></table></div>
<div class="columns"><section><h2>Last webhooks</h2><div class="scroll"><table>
<thead><tr><th>at</th><th>answer</th><th>event</th><th>object</th><th>detail</th></tr></thead><tbody>
{% for e in events %}<tr><td class="mono">{{ e.at }}</td>
<td class="{{ 'good' if e.ok else 'bad' }}">{{ e.status }}</td><td class="mono">{{ e.type }}</td>
<td class="mono">{{ e.object }}</td><td>{{ e.detail }}</td></tr>
{% else %}<tr><td colspan="5" class="dim">None sent yet.</td></tr>{% endfor %}</tbody></table></div></section>
<section><h2>Last API calls</h2><div class="scroll"><table>
<thead><tr><th>at</th><th>answer</th><th>call</th></tr></thead><tbody>
{% for c in calls %}<tr><td class="mono">{{ c.at }}</td>
<td class="{{ 'good' if c.status < 400 else 'bad' }}">{{ c.status }}</td>
<td class="mono">{{ c.method }} {{ c.path }}</td></tr>
{% else %}<tr><td colspan="3" class="dim">None yet.</td></tr>{% endfor %}</tbody></table></div>
</section></div>
"""
    + _FOOT
)

RECORD = (
    _FRAME
    + """
{% set act = url_for('pages.act', portal=portal, kind=kind, ident=ident) %}
<p><a href="{{ url_for('pages.home', portal=portal, kind=kind) }}">
&larr; {{ kind }} of account {{ portal }}</a></p>
<h2>{{ name }} <code>{{ ident }}</code> <span class="dim">{{ state }}</span></h2>
{% if state == 'live' %}
<form class="grid" method="post"
action="{{ url_for('pages.update', portal=portal, kind=kind, ident=ident) }}">
{% for f in fields %}<label>{{ f.label }} <code>{{ f.name }}</code>
{% if f.options %}<select name="{{ f.name }}"><option value=""></option>{% for value, label in f.options %}
<option value="{{ value }}" {{ 'selected' if value == f.value }}>{{ label }}</option>{% endfor %}</select>
{% else %}<input name="{{ f.name }}" value="{{ f.value }}">{% endif %}</label>{% endfor %}
<p><button class="main">Save</button></p></form>
<h2>What becomes of the record</h2>
<form class="row" method="post" action="{{ act }}">
<button name="action" value="archive">Archive</button>
{% if kind == 'contacts' %}
<button class="danger" name="action" value="gdpr-delete">Erase for good (GDPR)</button>{% endif %}</form>
<form class="row" method="post" action="{{ act }}">
<label>Record to merge into this one<select name="other">{% for o in others %}
<option value="{{ o.id }}">{{ o.id }} {{ o.name }}</option>{% endfor %}</select></label>
<button name="action" value="merge">Merge</button></form>
{% elif state == 'archived' %}
<form class="row" method="post" action="{{ act }}">
<button class="main" name="action" value="restore">Restore</button></form>{% endif %}
<h2>History</h2><div class="scroll"><table><thead><tr><th>at</th>
<th>property</th><th>value</th><th>by</th></tr>
</thead><tbody>{% for h in history %}<tr><td class="mono">{{ h.at }}</td><td>{{ h.name }}</td>
<td>{{ h.value or '(cleared)' }}</td><td>{{ h.by }}</td></tr>{% endfor %}</tbody></table></div>
"""
    + _FOOT
)
