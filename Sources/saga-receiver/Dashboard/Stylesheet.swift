/// Plain, wide enough for a long sentence, and readable in the light and in the dark: text on its ground has a contrast
/// of 4.5 and more.
let stylesheet = """
    :root { color-scheme: light dark;
      --ground: #f6f7f5; --card: #ffffff; --text: #1b211f; --quiet: #56605c; --line: #d3d9d5; --accent: #1a6150;
      --on-accent: #ffffff; --focus: #0b57d0; --code: #eef1ef;
      --idle: #4f5955; --idle-ground: #e8ecea; --busy: #0b4aa8; --busy-ground: #e1ecfd;
      --good: #14603a; --good-ground: #dcf3e4; --bad: #a31515; --bad-ground: #fde6e4;
      --undoing: #7a4300; --undoing-ground: #fdeccd; --undone: #5b3a8c; --undone-ground: #eee6fa; }
    @media (prefers-color-scheme: dark) { :root {
      --ground: #121614; --card: #1b201e; --text: #e7ecea; --quiet: #a5b0ab; --line: #38413d; --accent: #7fd6be;
      --on-accent: #0d1a16; --focus: #8ab8ff; --code: #232a27;
      --idle: #c0c9c5; --idle-ground: #2b322f; --busy: #a9cbff; --busy-ground: #16294a;
      --good: #8fe0b0; --good-ground: #12351f; --bad: #ffb3ad; --bad-ground: #4a1614;
      --undoing: #ffcf87; --undoing-ground: #40290a; --undone: #d4bcff; --undone-ground: #2f2148; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, sans-serif;
      overflow-wrap: break-word; }
    a { color: var(--accent); } [hidden] { display: none; }
    main:focus { outline: none; }
    :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
    .skip { position: absolute; left: -999px; }
    .skip:focus { left: 8px; top: 8px; background: var(--card); padding: 8px; z-index: 1; }
    .top { display: flex; flex-wrap: wrap; gap: 8px 24px; align-items: center; padding: 10px 20px;
      background: var(--card); border-bottom: 1px solid var(--line); }
    .top nav { display: flex; flex-wrap: wrap; gap: 4px 16px; flex: 1; }
    .top nav a { padding: 4px 0; } .top nav a[aria-current] { color: var(--text); font-weight: 600; }
    .top .alert { flex-basis: 100%; margin: 0; }
    .brand { display: flex; gap: 8px; align-items: center; font-weight: 700; color: var(--text); text-decoration: none; }
    .visitor { display: flex; gap: 12px; align-items: center; }
    main { max-width: 1200px; margin: 0 auto; padding: 16px 20px 40px; }
    footer { max-width: 1200px; margin: 0 auto; padding: 12px 20px; color: var(--quiet); font-size: 14px; }
    h1 { font-size: 26px; line-height: 1.25; margin: 8px 0 14px; overflow-wrap: anywhere; }
    h2 { font-size: 20px; margin: 30px 0 10px; } h3 { font-size: 17px; margin: 0; min-width: 0; overflow-wrap: anywhere; }
    .quiet { color: var(--quiet); font-size: 14px; }
    .card > p:first-child { margin-top: 0; }
    .card, .step { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px;
      margin: 0 0 12px; }
    .narrow { max-width: 620px; }
    .alert { background: var(--bad-ground); color: var(--bad); border-radius: 8px; padding: 10px 14px;
      white-space: pre-wrap; overflow-wrap: anywhere; }
    .note { background: var(--busy-ground); color: var(--busy); border-radius: 8px; padding: 10px 14px;
      overflow-wrap: anywhere; }
    label { display: block; font-weight: 600; margin: 10px 0 4px; }
    label.check { font-weight: 400; }
    input[type=checkbox] { width: 20px; height: 20px; vertical-align: middle; }
    input:not([type=checkbox]), textarea { font: inherit; width: 100%; padding: 8px 10px; color: var(--text);
      background: var(--ground); border: 1px solid var(--quiet); border-radius: 6px; }
    textarea.code { font-family: ui-monospace, monospace; font-size: 14px; }
    button { font: inherit; min-height: 40px; padding: 6px 14px; color: var(--text); background: var(--card);
      border: 1px solid var(--quiet); border-radius: 6px; cursor: pointer; }
    button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
    button.danger { background: var(--bad-ground); border-color: var(--bad); color: var(--bad); }
    .card > button { margin-top: 14px; }
    .choice { display: flex; flex-wrap: wrap; gap: 12px 18px; align-items: center; margin: 16px 0 2px; }
    .danger { font-weight: 600; }
    .filter { display: flex; gap: 10px; align-items: center; flex-wrap: wrap; }
    .filter label { margin: 0; } .filter input:not([type=checkbox]) { width: 260px; max-width: 100%; }
    .counts { list-style: none; display: flex; flex-wrap: wrap; gap: 8px; padding: 0; margin: 14px 0; }
    .counts a { display: block; padding: 6px 8px; border: 1px solid var(--line); border-radius: 8px;
      text-decoration: none; color: var(--text); background: var(--card); }
    .counts a[aria-current] { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
    .counts .zero b, .counts .zero .badge { font-weight: 400; } .counts [aria-current] { font-weight: 600; }
    .badge { display: inline-block; padding: 1px 9px; border-radius: 99px; font-size: 14px; font-weight: 600;
      white-space: nowrap; color: var(--idle); background: var(--idle-ground); }
    .badge i { font-style: normal; }
    .badge.busy { color: var(--busy); background: var(--busy-ground); }
    .badge.good { color: var(--good); background: var(--good-ground); }
    .badge.bad { color: var(--bad); background: var(--bad-ground); }
    .badge.undoing { color: var(--undoing); background: var(--undoing-ground); }
    .badge.undone { color: var(--undone); background: var(--undone-ground); }
    table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line); }
    th, td { text-align: left; vertical-align: top; padding: 8px 12px; border-bottom: 1px solid var(--line); }
    th { font-size: 14px; color: var(--quiet); } th.wide { width: 45%; }
    td { overflow-wrap: anywhere; } td details, td pre { margin: 0; }
    td a, td time { min-width: 7em; display: inline-block; } time { white-space: nowrap; }
    .clamp { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 5; overflow: hidden; }
    .pages { margin: 14px 0; display: flex; gap: 16px; }
    dl.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 16px; margin: 8px 0 0; }
    .card > dl.facts { margin: 0; }
    dl.facts dt { color: var(--quiet); } dl.facts dd { margin: 0; overflow-wrap: anywhere; } dd pre { margin: 0; }
    pre { background: var(--code); padding: 10px 12px; border-radius: 6px; overflow: auto; max-height: 420px;
      white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.45 ui-monospace, monospace; margin: 8px 0; }
    details { margin: 8px 0; } summary { cursor: pointer; }
    .operations { display: flex; flex-wrap: wrap; gap: 8px; margin: 12px 0; }
    .step header { display: flex; gap: 10px; flex-wrap: wrap; align-items: center; }
    .step:target { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
    .drawing { overflow: auto; max-height: 80vh; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
    svg.graph, svg.timeline { display: block; font: 13px system-ui, sans-serif; }
    svg text { fill: var(--text); } svg .small { font-size: 12px; fill: var(--quiet); }
    svg .edge { fill: none; stroke: var(--quiet); stroke-width: 1.5; } svg .arrow { fill: var(--quiet); }
    svg .undo-line { stroke: var(--quiet); stroke-dasharray: 4 3; }
    svg rect.box { stroke-width: 1.5; fill: var(--idle-ground); stroke: var(--idle); }
    svg .undo rect.box { stroke-dasharray: 5 3; }
    svg .busy rect.box { fill: var(--busy-ground); stroke: var(--busy); stroke-width: 2.5; }
    svg .good rect.box { fill: var(--good-ground); stroke: var(--good); }
    svg .bad rect.box { fill: var(--bad-ground); stroke: var(--bad); stroke-width: 2.5; }
    svg .undoing rect.box { fill: var(--undoing-ground); stroke: var(--undoing); stroke-width: 2.5; }
    svg .undone rect.box { fill: var(--undone-ground); stroke: var(--undone); }
    svg .grid { stroke: var(--line); } svg rect.wait { stroke-dasharray: 4 3; } svg .pause { fill: var(--quiet); }
    svg a:hover text { text-decoration: underline; }
    .visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
      white-space: nowrap; }
    @media (max-width: 720px) {
      main { padding: 12px 12px 32px; }
      table, tbody { display: block; } thead { display: none; }
      tr { display: block; padding: 8px 0; border-bottom: 1px solid var(--line); }
      td { display: block; position: relative; border: 0; padding: 3px 12px 3px 124px; } td.none { display: none; }
      td.wide { padding-left: 12px; }
      td::before { content: attr(data-label); color: var(--quiet); font-size: 13px; }
      td:not(.wide)::before { position: absolute; left: 12px; top: 5px; width: 108px; }
      td.wide::before { display: block; }
      .top nav { order: 1; flex-basis: 100%; } .visitor { margin-left: auto; }
      .clamp { -webkit-line-clamp: 8; }
      dl.facts { grid-template-columns: minmax(0, 1fr); } dl.facts dd { margin-bottom: 6px; } }

    """
