/** The look of the page of a map: light or dark as the reader has it, black on white on paper. */
export const PAGE_STYLE = `
:root { --paper:#fff; --ink:#1c2733; --dim:#5b6b7b; --line:#d8dfe6; --card:#f5f7f9; --focus:#1f5fd0;
  --saved:#3aa675; --partly:#a8d8bf; --untried:#e3e8ee; --failed:#f0a92e; --bad:#b3173a; --sign:#fff; --mark:#1f5fd0; }
@media (prefers-color-scheme: dark) { :root { --paper:#12181f; --ink:#e6edf3; --dim:#93a3b3; --line:#2c3844;
  --card:#1a222b; --focus:#7fb0ff; --saved:#2f9468; --partly:#27604a; --untried:#2a3541; --failed:#d9962a; --bad:#e0395f;
  --mark:#8fbaff; } }
* { box-sizing:border-box }
body { margin:0; background:var(--paper); color:var(--ink); font:15px/1.5 system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif }
main { max-width:1180px; margin:0 auto; padding:28px 24px 60px }
h1 { font-size:26px; line-height:1.2; margin:0 0 4px; overflow-wrap:anywhere } h2 { font-size:17px; margin:30px 0 8px }
p { margin:0 0 10px } .dim { color:var(--dim) } bdi { overflow-wrap:anywhere }
.sums { display:flex; flex-wrap:wrap; gap:10px; margin:18px 0; padding:0; list-style:none }
.sums li { flex:1 1 180px; background:var(--card); border-radius:8px; padding:10px 14px; border-left:6px solid }
.sums b { display:block; font-size:20px; line-height:1.3; font-variant-numeric:tabular-nums }
.saved { border-color:var(--saved)!important } .untried { border-color:var(--line)!important }
.failed { border-color:var(--failed)!important } .bad { border-color:var(--bad)!important }
.bar { display:flex; flex-wrap:wrap; gap:6px; align-items:center; margin:8px 0 }
button { font:inherit; color:inherit; background:var(--card); border:1px solid var(--line); border-radius:6px; padding:4px 11px;
  cursor:pointer } button:hover { border-color:var(--focus) } button:disabled { opacity:.45; cursor:default }
:focus-visible { outline:2px solid var(--focus); outline-offset:2px }
canvas { display:block; width:100%; border-radius:6px; touch-action:manipulation } #strip { height:34px; cursor:pointer }
#grid { cursor:crosshair; margin-top:10px }
.where { margin-left:auto; font-variant-numeric:tabular-nums }
#tell { min-height:5.2em; background:var(--card); border-radius:8px; padding:10px 14px; margin:10px 0 0;
  font-variant-numeric:tabular-nums } #tell ul { margin:4px 0 0; padding-left:18px }
.legend { display:flex; flex-wrap:wrap; gap:4px 18px; padding:0; margin:10px 0; list-style:none; color:var(--dim) }
.legend i { display:inline-block; width:12px; height:12px; border-radius:2.5px; margin-right:6px; vertical-align:-1px }
kbd { font:12px/1 ui-monospace,monospace; border:1px solid var(--line); border-radius:4px; padding:1px 5px; background:var(--card) }
.scroll { max-height:430px; overflow:auto; border:1px solid var(--line); border-radius:8px }
table { border-collapse:collapse; width:100%; font-variant-numeric:tabular-nums } th,td { text-align:left; padding:5px 12px;
  border-bottom:1px solid var(--line); vertical-align:top } th { position:sticky; top:0; background:var(--card) }
td.n, th.n { text-align:right; white-space:nowrap } td button { border:0; background:none; padding:0; text-align:left;
  color:var(--focus); overflow-wrap:anywhere } td button:hover { text-decoration:underline }
tr[aria-selected=true] { background:color-mix(in srgb,var(--focus) 14%,transparent) }
input { font:inherit; color:inherit; background:var(--paper); border:1px solid var(--line); border-radius:6px; padding:4px 10px;
  width:min(420px,100%) }
#still { display:none } #still svg { width:100%; height:auto }
@media print { :root { --paper:#fff; --ink:#000; --dim:#444; --card:#fff; --line:#bbb } main { max-width:none; padding:0 }
  #live, .controls { display:none!important } #still { display:block } .scroll { max-height:none; overflow:visible; border:0 }
  th { position:static } td button { color:inherit } tr { break-inside:avoid } * { print-color-adjust:exact;
  -webkit-print-color-adjust:exact } }
`;
