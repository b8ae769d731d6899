"""The style of the page: system fonts, light and dark.

Where there is room, the contents stand beside the text; where there is little, the contents take
two columns above it, and each row of a table becomes a block: name and type, then the words.
"""

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--back:#fff;--front:#1b1f24;--soft:#5b6570;--line:#e3e7eb;
--panel:#f6f8fa;--link:#0b62c4;--get:#0b7a4b;--post:#0b62c4;--delete:#b42318;--bad:#9a4b00}
@media (prefers-color-scheme:dark){:root{--back:#12161b;--front:#e4e8ec;--soft:#98a3ae;
--line:#29313a;--panel:#1a2027;--link:#71b1ff;--get:#4cc38a;--post:#71b1ff;--delete:#ff8b80;
--bad:#f0b062}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:1rem}
body{margin:0;background:var(--back);color:var(--front);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
a{color:var(--link);text-decoration:none}
a:hover,a:focus-visible{text-decoration:underline}
nav{padding:1.5rem;border-bottom:1px solid var(--line);font-size:.875rem;columns:9rem}
nav p{margin:0;padding:1.1rem 0 .3rem;color:var(--soft);font-weight:600;break-after:avoid}
nav .brand{padding:0;color:var(--front);font-size:1.15rem;column-span:all}
nav small{color:var(--soft);font-weight:400}
nav ul{margin:0;padding:0;list-style:none;break-inside:avoid}
nav li a{display:flex;gap:.5rem;padding:.15rem 0;color:var(--front)}
nav li b{flex:none;width:4rem;text-align:center}
main{max-width:56rem;padding:1.5rem;margin:0 auto}
h1{margin:.3rem 0;font-size:2rem;line-height:1.2}
h2{margin:3rem 0 1rem;padding-bottom:.4rem;border-bottom:1px solid var(--line);font-size:1.45rem}
h3{margin:0 0 .6rem;font-size:1.1rem}
h4{margin:1.2rem 0 .4rem;font-size:.9rem}
.lead{color:var(--soft);font-size:1.1rem}
section{margin:0 0 1.4rem;padding:1.2rem 1.4rem;border:1px solid var(--line);border-radius:.6rem}
section:target,tr:target{outline:2px solid var(--link)}
code,pre{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{overflow-wrap:anywhere}
p code,li code,td code{padding:.1em .3em;border-radius:.25rem;background:var(--panel)}
pre{margin:.5rem 0;padding:.9rem 1rem;overflow-x:auto;border-radius:.4rem;background:var(--panel)}
table{width:100%;border-collapse:collapse;font-size:.92rem}
td{padding:.45rem .8rem .45rem 0;border-top:1px solid var(--line);vertical-align:top}
tr:first-child td{border-top:0}
td:first-child{width:30%}
td:nth-child(2){width:22%}
td code{white-space:nowrap}
td:last-child code{white-space:normal}
td em{color:var(--bad);font-size:.85em;font-style:normal}
b.get,b.post,b.patch,b.delete{padding:.1rem .4rem;border:1px solid;border-radius:.3rem;
font-size:.7rem}
.get{color:var(--get)}.post,.patch{color:var(--post)}.delete{color:var(--delete)}
.status{display:inline-block;min-width:2.4rem}
.good .status{color:var(--get)}
.bad .status,.problem .status{color:var(--bad)}
.problem{display:flex;margin:.25rem 0;font-size:.9rem}
.problem .status{flex:none}
@media (min-width:64rem){nav{position:fixed;inset:0 auto 0 0;width:17rem;overflow-y:auto;
border-right:1px solid var(--line);border-bottom:0;columns:auto}
main{margin-left:max(17rem,calc(50% - 20rem))}}
@media (max-width:40rem){section{padding:1rem}table,tbody,tr,td:last-child{display:block}
tr{padding:.5rem 0;border-top:1px solid var(--line)}tr:first-child{border-top:0}
td{padding:0 .8rem 0 0;border:0}td:not(:last-child){display:inline}}
"""
