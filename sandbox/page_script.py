"""What makes the pages of both stand-ins follow their records while somebody looks at them."""

FOLLOW = """<script>
let touched = false;
addEventListener("input", () => { touched = true; });
setInterval(async () => {
  const typing = /INPUT|SELECT|TEXTAREA/.test(document.activeElement.tagName);
  const busy = () => touched || typing || document.hidden;
  if (busy()) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer || !answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of busy() ? [] : ["header", "main"]) {
    const shown = document.querySelector(part), now = fresh.querySelector(part);
    if (shown.innerHTML !== now.innerHTML) shown.replaceWith(now);
  }
}, 1000);
</script>"""
"""A page that answers a refused form stays as it is; so does one in whose form something was typed."""
