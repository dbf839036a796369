/// The style of pages.
package enum PageStyle {
  /// One palette for light and one for dark; drawings take their colours from it.
  package static let text = """
    :root {
      --page: #f6f7f9; --panel: #ffffff; --text: #16202c; --quiet: #5b6875; --rule: #dfe4ea;
      --grid: #e8ecf0; --ours: #1d63d8; --band-80: #1d63d84d; --band-95: #1d63d822;
      --other-1: #c2570c; --other-2: #0f8a6d; --other-3: #8b4fc7; --other-4: #a58500;
      --other-5: #6b7885; --better-1: #cfe0fb; --better-2: #8fb8f3; --better-3: #3c7de0;
      --same: #dde2e8; --worse-1: #fbdcc2; --worse-2: #f3ae76; --worse-3: #d9701f;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #10151b; --panel: #182028; --text: #e8edf2; --quiet: #9aa7b4; --rule: #2b3642;
        --grid: #26303a; --ours: #6aa5ff; --band-80: #6aa5ff55; --band-95: #6aa5ff26;
        --other-1: #f2965a; --other-2: #4fc9a9; --other-3: #c19af0; --other-4: #dcc04a;
        --other-5: #93a0ad; --better-1: #274468; --better-2: #2f66ad; --better-3: #6aa5ff;
        --same: #37424e; --worse-1: #5c3d24; --worse-2: #a4602a; --worse-3: #f2965a;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0; background: var(--page); color: var(--text);
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
      -webkit-text-size-adjust: 100%;
    }
    main { max-width: 1140px; margin: 0 auto; padding: 32px 20px 64px; }
    header { margin-bottom: 20px; }
    h1 { font-size: 28px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; }
    h2 { font-size: 19px; line-height: 1.3; margin: 0 0 8px; }
    h3 { font-size: 15px; margin: 12px 0 4px; }
    p { margin: 0 0 12px; max-width: 92ch; }
    .kicker { color: var(--ours); font-weight: 600; margin: 0 0 4px; }
    .lead, section > p { color: var(--quiet); }
    section:not(.cards) {
      background: var(--panel); border: 1px solid var(--rule); border-radius: 10px;
      padding: 20px 22px; margin-top: 16px;
    }
    .cards { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(160px, 1fr)); }
    .card {
      background: var(--panel); border: 1px solid var(--rule); border-radius: 10px;
      padding: 14px 16px;
    }
    .card p { margin: 0; }
    .card .name { color: var(--quiet); font-size: 13px; }
    .card .value { font-size: 26px; line-height: 1.3; font-weight: 600; font-variant-numeric: tabular-nums; }
    .card .note { color: var(--quiet); font-size: 13px; }
    .columns { display: grid; gap: 20px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); }
    .columns > * { min-width: 0; }
    figure { margin: 0 0 8px; }
    figcaption { color: var(--quiet); font-size: 13px; margin-top: 4px; }
    .scroll { overflow-x: auto; }
    .wide { min-width: 720px; }
    .key { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; margin: 4px 0 0; max-width: none; }
    .key span { display: inline-flex; align-items: center; gap: 6px; }
    .key svg { width: auto; flex: none; }
    table { border-collapse: collapse; width: 100%; font-size: 14px; margin: 4px 0 8px; }
    th, td { text-align: left; padding: 6px 14px 6px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
    th { font-weight: 600; color: var(--quiet); font-size: 13px; }
    th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; }
    td.number { white-space: nowrap; }
    th { vertical-align: bottom; }
    tr:last-child td { border-bottom: 0; }
    td:last-child, th:last-child { padding-right: 0; }
    details { margin-top: 12px; }
    summary { cursor: pointer; color: var(--ours); }
    svg { display: block; width: 100%; height: auto; }
    svg text { fill: var(--quiet); font-size: 12.5px; font-variant-numeric: tabular-nums; }
    .grid { stroke: var(--grid); stroke-width: 1; }
    .axis { stroke: var(--quiet); stroke-width: 1; }
    .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
    .line.ours { stroke: var(--ours); }
    .line.actual { stroke: var(--text); stroke-width: 1.4; }
    .line.nominal { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 5 4; }
    .line.other-1 { stroke: var(--other-1); stroke-width: 1.6; }
    .line.other-2 { stroke: var(--other-2); stroke-width: 1.6; stroke-dasharray: 7 3; }
    .line.other-3 { stroke: var(--other-3); stroke-width: 1.6; stroke-dasharray: 2 3; }
    .line.other-4 { stroke: var(--other-4); stroke-width: 1.6; stroke-dasharray: 9 3 2 3; }
    .line.other-5 { stroke: var(--other-5); stroke-width: 1.6; stroke-dasharray: 4 4; }
    .dot { fill: var(--ours); }
    .ring { fill: var(--panel); stroke: var(--ours); stroke-width: 1.6; }
    .faint { fill: var(--ours); opacity: 0.3; }
    .band-80 { fill: var(--band-80); }
    .band-95 { fill: var(--band-95); }
    .map { display: grid; gap: 2px; min-width: 560px; margin: 4px 0; font-size: 13px; }
    .map .row { display: flex; gap: 2px; align-items: stretch; height: 20px; }
    .map .series { flex: 0 0 150px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .map i { flex: 1 1 0; border-radius: 2px; background: var(--same); }
    .map .none { background: none; border: 1px solid var(--grid); }
    .map .better-1 { background: var(--better-1); } .map .better-2 { background: var(--better-2); }
    .map .better-3 { background: var(--better-3); } .map .worse-1 { background: var(--worse-1); }
    .map .worse-2 { background: var(--worse-2); } .map .worse-3 { background: var(--worse-3); }
    .bar { display: flex; height: 22px; border-radius: 6px; overflow: hidden; gap: 1px; }
    .bar i.ours { background: var(--ours); } .bar i.other-1 { background: var(--other-1); }
    .bar i.other-2 { background: var(--other-2); } .bar i.other-3 { background: var(--other-3); }
    .bar i.other-4 { background: var(--other-4); } .bar i.other-5 { background: var(--other-5); }
    .swatch { display: inline-block; width: 12px; height: 12px; border-radius: 3px; }
    .swatch.ours { background: var(--ours); } .swatch.other-1 { background: var(--other-1); }
    .swatch.other-2 { background: var(--other-2); } .swatch.other-3 { background: var(--other-3); }
    .swatch.other-4 { background: var(--other-4); } .swatch.other-5 { background: var(--other-5); }
    @media (max-width: 640px) {
      main { padding: 20px 12px 40px; }
      section:not(.cards) { padding: 16px 14px; }
      .cards { grid-template-columns: repeat(2, minmax(0, 1fr)); }
      .map .series { flex-basis: 96px; }
      .columns svg text { font-size: 16px; }
    }
    @media print { section:not(.cards), .card { break-inside: avoid; } body { background: none; } }

    """
}
