// The page's only style sheet: light and dark by the reader's own setting, print too. Invariant: none of the characters
// that markup escapes, so that it passes through `element` like any text; no url(), no font, nothing from outside.

export const pageStyle = `
:root { color-scheme: light dark; --bg: #f6f6f4; --panel: #ffffff; --ink: #1b1e23; --muted: #5b6370; --line: #dfe2e7; --grid: #eceef1;
  --ok: #17734a; --fail: #bd2a25; --warn: #8a5a00; --write: #1f5fc4; --read: #0b7a75; --p99: #7442bd; --bad: #bd2a25; --outage: #fbe9e7; --soft: #dbe6f8; --part: #1f5fc4; }
@media (prefers-color-scheme: dark) { :root { --bg: #101318; --panel: #181c22; --ink: #e6e9ee; --muted: #9ba5b3; --line: #2d343e; --grid: #242a32;
  --ok: #4fc38c; --fail: #ff8078; --warn: #e2b340; --write: #78adff; --read: #4ccfc4; --p99: #bd9bff; --bad: #ff8078; --outage: #37201f; --soft: #22344f; --part: #78adff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, Segoe UI, Roboto, sans-serif; }
main { max-width: 1128px; margin: 0 auto; padding: 28px 24px 64px; }
h1 { font-size: 27px; line-height: 1.2; margin: 0; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 0 0 12px; }
h3 { font-size: 13px; margin: 18px 0 6px; color: var(--muted); font-weight: 600; }
p { margin: 0 0 8px; overflow-wrap: anywhere; }
a { color: var(--write); }
header { margin-bottom: 20px; }
.title { display: flex; gap: 14px; align-items: center; flex-wrap: wrap; margin-bottom: 8px; }
.badge { font-weight: 700; font-size: 14px; letter-spacing: 0.05em; padding: 5px 12px; border-radius: 6px; color: var(--panel); white-space: nowrap; }
.badge.pass { background: var(--ok); } .badge.fail { background: var(--fail); } .badge.unknown { background: var(--warn); }
.meta { color: var(--muted); font-size: 13px; overflow-wrap: anywhere; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px 16px; margin: 0 0 16px; }
.scroll { overflow-x: auto; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(160px, 1fr)); gap: 12px; margin: 0 0 16px; }
.tile { background: var(--panel); border: 1px solid var(--line); border-top: 4px solid var(--line); border-radius: 10px; padding: 12px 14px; }
.tile.pass { border-top-color: var(--ok); } .tile.fail { border-top-color: var(--fail); } .tile.unknown { border-top-color: var(--warn); }
.tile .name { color: var(--muted); font-size: 13px; } .tile .value { font-size: 19px; font-weight: 650; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tile .owed { font-size: 13px; } .tile .note { color: var(--muted); font-size: 12.5px; line-height: 1.4; margin-top: 2px; }
.pass-text { color: var(--ok); font-weight: 600; } .fail-text { color: var(--fail); font-weight: 600; } .unknown-text { color: var(--warn); font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { text-align: left; font-weight: 600; font-size: 12.5px; color: var(--muted); border-bottom: 1px solid var(--line); padding: 4px 14px 4px 0; }
td { border-bottom: 1px solid var(--grid); padding: 6px 14px 6px 0; vertical-align: top; overflow-wrap: anywhere; }
tr:last-child td { border-bottom: 0; }
.tight { width: 1%; white-space: nowrap; }
table.compact { width: auto; min-width: 460px; }
.scroll + p, .scroll + details, .scroll + .scroll { margin-top: 12px; }
.num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.nowrap { white-space: nowrap; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr)); gap: 4px 36px; }
.warning { border-left: 4px solid var(--warn); padding: 2px 0 2px 12px; margin: 0 0 10px; }
.failed { border-left: 4px solid var(--fail); padding: 2px 0 2px 12px; margin: 0 0 10px; }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace; }
pre { background: var(--bg); border: 1px solid var(--line); border-radius: 6px; padding: 10px 12px; margin: 4px 0 10px; overflow-x: auto; }
summary { cursor: pointer; font-weight: 600; }
details table { margin-top: 10px; font-size: 13px; }
svg { display: block; width: 100%; min-width: 720px; height: auto; font: 12px system-ui, -apple-system, Segoe UI, Roboto, sans-serif; }
svg.swatch { min-width: 0; width: 22px; height: 18px; margin-top: 2px; }
svg text { fill: var(--ink); } svg .quiet { fill: var(--muted); } svg .on-solid { fill: var(--panel); font-weight: 600; }
.grid { stroke: var(--grid); } .axis { stroke: var(--line); } .outage { fill: var(--outage); }
.write-line { fill: none; stroke: var(--write); stroke-width: 2; } .write-area { fill: var(--write); opacity: 0.13; } text.write-text { fill: var(--write); font-weight: 600; }
.read-line { fill: none; stroke: var(--read); stroke-width: 2; stroke-dasharray: 7 4; } text.read-text { fill: var(--read); font-weight: 600; }
.p99-line { fill: none; stroke: var(--p99); stroke-width: 1.8; } .p99-dot { fill: var(--p99); } text.p99-text { fill: var(--p99); font-weight: 600; }
.bad-bar { fill: url(#hatch-bad); stroke: var(--bad); stroke-width: 0.7; } .bad-ink { stroke: var(--bad); } text.bad-text { fill: var(--bad); font-weight: 600; }
.fault-line { stroke: var(--fail); stroke-width: 1.6; } .fault-shape { fill: var(--fail); } text.fault-text { fill: var(--fail); font-weight: 600; }
.heal-line { stroke: var(--ok); stroke-width: 1.6; stroke-dasharray: 3 3; } .heal-shape { fill: var(--ok); } text.heal-text { fill: var(--ok); font-weight: 600; }
.phase { fill: var(--grid); stroke: var(--panel); stroke-width: 2; }
.band-primary { fill: var(--write); } .band-sync { fill: url(#hatch-sync); stroke: var(--write); } .band-standby { fill: var(--soft); } .band-unknown { fill: none; stroke: var(--muted); stroke-dasharray: 2 3; }
.band-lease { fill: var(--ink); opacity: 0.78; } .band-free { fill: url(#hatch-bad); stroke: var(--bad); }
.ink-sync { stroke: var(--write); } .fill-soft { fill: var(--soft); } .label-plate { fill: var(--panel); }
.part-0, .part-1, .part-3 { fill: var(--muted); } .part-2 { fill: var(--write); } .part-4, .part-7 { fill: var(--read); } .part-5, .part-6 { fill: var(--p99); } .part-8 { fill: var(--warn); } .part-9 { fill: var(--bad); }
.trial-line { fill: none; stroke: var(--write); stroke-width: 1.4; opacity: 0.6; } .trial-line.not-passed { stroke: var(--bad); stroke-dasharray: 5 4; opacity: 0.9; }
.trial-dot { fill: var(--write); stroke: var(--panel); stroke-width: 1.5; } .trial-bad { fill: none; stroke: var(--fail); stroke-width: 2; } .limit-line { stroke: var(--fail); stroke-dasharray: 5 4; stroke-width: 1.4; }
@media (max-width: 560px) { main { padding: 16px 10px 40px; } section { padding: 14px 12px 12px; } td:last-child { min-width: 150px; } }
@media print {
  @page { size: A4; margin: 7mm; }
  body { background: none; font-size: 6.8px; line-height: 1.2; }
  main { max-width: none; padding: 0; columns: 2; column-gap: 10px; }
  header, .tiles { column-span: all; } header { margin: 0 0 4px; } .title { margin-bottom: 2px; }
  .badge { font-size: 8px; padding: 2px 6px; }
  h1 { font-size: 12px; } h2 { font-size: 8px; margin: 0 0 3px; } h3 { font-size: 7px; margin: 4px 0 2px; }
  p { margin: 0 0 2px; }
  section { border-radius: 0; padding: 4px 6px; margin: 0 0 4px; }
  .warning, .failed { margin: 0 0 3px; padding: 0 0 0 6px; border-left-width: 2px; }
  .tiles { gap: 4px; margin: 0 0 4px; grid-template-columns: repeat(6, 1fr); }
  .tile { padding: 3px 5px; border-radius: 0; border-top-width: 2px; break-inside: avoid; }
  .tile .name, .tile .owed, .tile .note, .meta { font-size: 6.5px; line-height: 1.2; } .tile .value { font-size: 9px; }
  table, details table { font-size: 6.8px; margin-top: 2px; } table.compact { min-width: 0; }
  tr { break-inside: avoid; } th { font-size: 6.5px; } th, td { padding: 1px 5px 1px 0; }
  code, pre { font-size: 6.3px; line-height: 1.25; } pre { padding: 2px 4px; margin: 2px 0; white-space: pre-wrap; }
  details pre { columns: 2; } .columns { gap: 0 10px; }
  details::details-content { content-visibility: visible; block-size: auto; } .scroll { overflow: visible; }
  svg { min-width: 0; } svg.swatch { width: 10px; height: 8px; margin: 0; }
}
`
