"""The HTML of the pages: plain, server-rendered, readable in light and dark."""

from sandbox.page_script import FOLLOW

_STYLE = """
:root { color-scheme: light dark; --line: #d5dbe3; --soft: #f3f6fa; --ink: #182433; --dim: #5d6b7b;
  --paper: #ffffff; --accent: #0b6ba8; --good: #23794a; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --line: #34404d; --soft: #1d2630; --ink: #e3e9ef;
  --dim: #96a4b2; --paper: #141b22; --accent: #6db9ea; --good: #6cc392; --bad: #f28b82; } }
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
th { background: var(--soft); font-weight: 600; white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
.mono, code { font-family: ui-monospace, monospace; font-size: .85em; }
td { white-space: nowrap; } td.words { white-space: normal; }
td.wrap { white-space: normal; overflow-wrap: anywhere; }
tr.gone td { color: var(--dim); text-decoration: line-through; }
tr.gone td:first-child, tr.gone td:last-child { text-decoration: none; }
a { color: var(--accent); }
.dim { color: var(--dim); } .good { color: var(--good); } .bad { color: var(--bad); }
form.row { display: flex; flex-wrap: wrap; gap: .6rem; align-items: end; margin: .4rem 0 1.2rem; }
header form { margin: 0; }
form.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .7rem 1rem; }
label { display: block; font-size: .85rem; color: var(--dim); }
input, select, textarea, button { font: inherit; color: var(--ink); background: var(--paper); width: 100%;
  border: 1px solid var(--line); border-radius: .35rem; padding: .35rem .6rem; }
button { width: auto; cursor: pointer; background: var(--soft); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--paper); }
button.danger { color: var(--bad); border-color: var(--bad); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.notice { border-left: 4px solid var(--bad); background: var(--soft); padding: .6rem 1rem; margin: 1rem 0; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 0 2rem; }
"""

_HEAD = (
    """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Salesforce stand-in</title><style>"""
    + _STYLE
    + """</style></head><body>
<header><strong><a href="{{ url_for('pages.home') }}">Salesforce stand-in</a></strong>
<span class="dim">not Salesforce: an org in memory, {{ org_id }}</span>
<form method="post" action="{{ url_for('pages.deliver') }}"><button>
{{ waiting }} message{{ '' if waiting == 1 else 's' }} waiting: deliver now</button></form>
<span class="dim">{{ 'to ' ~ target if target else 'no target: they stay queued' }}</span>
<span class="dim">this page follows by itself until you type</span></header><main>
{% if problem %}<p class="notice" role="alert">{{ problem }}</p>{% endif %}
<nav aria-label="Objects">{% for name in objects %}
<a href="{{ url_for('pages.home', object=name) }}" {{ 'aria-current=page' if name == object }}>{{ name }}</a>
{% endfor %}</nav>
"""
)

_FOOT = "</main>{% if not problem %}" + FOLLOW + "{% endif %}</body></html>"

_FIELD = """{% macro entry(field, value) %}
<label>{{ field.label }}{{ ' *' if field.required }}
{% if field.name != field.label | replace(' ', '') %}<code>{{ field.name }}</code>{% endif %}
{% if field.type == 'boolean' %}<select name="{{ field.name }}">
{% for choice in ('false', 'true') %}<option {{ 'selected' if choice == value }}>{{ choice }}</option>
{% endfor %}</select>
{% elif field.restricted %}<select name="{{ field.name }}"><option></option>
{% for choice in field.picklist %}<option {{ 'selected' if choice == value }}>{{ choice }}</option>
{% endfor %}</select>
{% elif field.type == 'textarea' %}<textarea name="{{ field.name }}" rows="2">{{ value }}</textarea>
{% else %}<input name="{{ field.name }}" value="{{ value }}">{% endif %}</label>{% endmacro %}
"""

HOME = (
    _FIELD
    + _HEAD
    + """
{% if fields %}<h2>New {{ object }}</h2>
<form class="row" method="post"
action="{{ url_for('pages.create', object=object) }}">
{% for field in fields %}{{ entry(field, '') }}{% endfor %}
<button class="main">Create</button></form>{% endif %}
<h2>{{ total }} {{ object }} record{{ '' if total == 1 else 's' }}
{% if total > rows | length %}, the newest {{ rows | length }}{% endif %}</h2>
<div class="scroll"><table><thead><tr><th>Id</th>
{% for name in columns %}<th>{{ name }}</th>{% endfor %}
<th>modified</th><th>state</th></tr></thead><tbody>
{% for row in rows %}<tr class="{{ 'gone' if row.IsDeleted }}"><td class="mono">
<a href="{{ url_for('pages.record', object=object, record_id=row.Id) }}">{{ row.Id }}</a></td>
{% for name in columns %}<td>{{ '' if row[name] is none else row[name] }}</td>{% endfor %}
<td class="mono">{{ row.SystemModstamp[11:19] }}</td><td class="words">{{ state(row) }}</td></tr>
{% else %}<tr><td colspan="{{ columns | length + 3 }}" class="dim">Nothing here yet.</td></tr>{% endfor %}
</tbody></table></div>
<div class="columns"><section><h2>Last outbound messages</h2><div class="scroll"><table>
<thead><tr><th>at</th><th>answer</th><th>object</th><th>records</th></tr></thead><tbody>
{% for sent in deliveries %}<tr><td class="mono">{{ sent.at.strftime('%H:%M:%S') }}</td>
<td class="{{ 'good' if sent.accepted else 'bad' }}">{{ sent.status or 'none' }}
{{ 'Ack' if sent.accepted else 'no Ack, try ' ~ (sent.attempt + 1) }}</td>
<td>{{ sent.object_name }}</td><td class="mono wrap">{{ sent.record_ids | join(' ') }}</td></tr>
{% else %}<tr><td colspan="4" class="dim">None sent yet.</td></tr>{% endfor %}</tbody></table></div></section>
<section><h2>Last API calls</h2><div class="scroll"><table>
<thead><tr><th>at</th><th>answer</th><th>call</th></tr></thead><tbody>
{% for call in calls %}<tr><td class="mono">{{ call.at.strftime('%H:%M:%S') }}</td>
<td class="{{ 'good' if 0 < call.status < 400 else 'bad' }}">{{ call.status or 'dropped' }}</td>
<td class="mono wrap">{{ call.method }} {{ call.path }}</td></tr>
{% else %}<tr><td colspan="3" class="dim">None yet.</td></tr>{% endfor %}</tbody></table></div>
</section></div>"""
    + _FOOT
)

RECORD = (
    _FIELD
    + _HEAD
    + """
<h2>{{ object }} {{ row.Name }} <span class="mono">{{ row.Id }}</span>
<span class="dim">{{ state(row) }}</span></h2>
{% set path = {'object': object, 'record_id': row.Id} %}
<form class="row" method="post" action="{{ url_for('pages.act', **path) }}">
{% if row.IsDeleted %}<button name="act" value="undelete">Undelete</button>
{% elif deletable %}<button class="danger" name="act" value="delete">Delete</button>
{% if object == 'Lead' and not row.IsConverted %}
<button name="act" value="convert">Convert</button>{% endif %}
{% if mergeable and not row.IsConverted %}
<label>Merge another one into this<input name="loser" placeholder="its Id"></label>
<button name="act" value="merge">Merge</button>{% endif %}{% endif %}</form>
{% if writable and not row.IsDeleted %}
<form class="grid" method="post" action="{{ url_for('pages.update', **path) }}">
{% for field in fields %}{{ entry(field, values[field.name]) }}{% endfor %}
<div><button class="main">Save</button></div></form>{% endif %}
<h2>Kept by Salesforce</h2><div class="scroll"><table><tbody>
{% for field in kept %}<tr><th>{{ field.name }}</th>
<td class="mono">{{ values[field.name] }}</td></tr>{% endfor %}
</tbody></table></div>"""
    + _FOOT
)
