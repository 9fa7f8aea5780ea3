/**
 * What the page of a map does in a browser: draws a stretch of the source in cells, from the whole of it down to single
 * sectors, and shows where files lost something. Plain script of 2018 and later; it gets everything from the element
 * `data` and puts text into the page only as text.
 */
export const PAGE_SCRIPT = String.raw`
'use strict';
(() => {
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($('data').textContent);
  const { size, sector, words } = data;
  const KINDS = { '+': 0, '?': 1, '*': 2, '/': 2, '-': 3 };
  const count = data.statuses.length;
  const starts = new Float64Array(count + 1);
  data.lengths.forEach((length, i) => { starts[i + 1] = starts[i] + length; });
  const kinds = Uint8Array.from(data.statuses, (status) => KINDS[status]);
  const areas = [];
  for (let i = 0; i < count; i++) {
    if (kinds[i] < 2) continue;
    const last = areas[areas.length - 1];
    if (last && last.end === starts[i]) { last.end = starts[i + 1]; last.bad += kinds[i] === 3 ? starts[i + 1] - starts[i] : 0; }
    else areas.push({ start: starts[i], end: starts[i + 1], bad: kinds[i] === 3 ? starts[i + 1] - starts[i] : 0 });
  }
  const indexAt = (at) => {
    let low = 0, high = count - 1;
    while (low < high) { const middle = (low + high + 1) >>> 1; if (starts[middle] <= at) low = middle; else high = middle - 1; }
    return low;
  };
  const bytes = (n) => {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
    let value = n, unit = 0;
    while (value >= 1024 && unit < 5) { value /= 1024; unit++; }
    return unit === 0 ? n + ' B' : (Math.floor(value * 10) / 10).toFixed(1) + ' ' + units[unit];
  };
  const grouped = (n) => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
  const clamp = (value, least, most) => Math.max(least, Math.min(most, value));
  const make = (name, text, attributes) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    for (const key in attributes || {}) made.setAttribute(key, attributes[key]);
    return made;
  };
  const bdi = (text) => make('bdi', text);

  const ROWS = 26, STEP = 15, GAP = 1.5;
  const view = { start: 0, cell: 1, columns: 1 };
  let cursor = 0;
  let chosen;
  const grid = $('grid'), strip = $('strip');
  const cells = () => view.columns * ROWS;
  const span = () => cells() * view.cell;
  const wholeCell = () => Math.max(sector, Math.ceil(size / cells() / sector) * sector);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();

  /** Bytes of each kind in each of so many cells. */
  const sumsOf = (from, cell, number) => {
    const sums = new Float64Array(number * 4);
    const end = Math.min(size, from + cell * number);
    for (let i = indexAt(Math.min(from, size - 1)); i < count && starts[i] < end; i++) {
      const at = Math.max(from, starts[i]);
      const stop = Math.min(end, starts[i + 1]);
      const last = Math.min(number - 1, Math.floor((stop - from) / cell));
      for (let which = Math.floor((at - from) / cell); which <= last; which++) {
        const part = Math.min(stop, from + (which + 1) * cell) - Math.max(at, from + which * cell);
        if (part > 0) sums[which * 4 + kinds[i]] += part;
      }
    }
    return sums;
  };
  const lookOf = (sums, i) => {
    if (sums[i * 4 + 3] > 0) return 'bad';
    if (sums[i * 4 + 2] > 0) return 'failed';
    if (sums[i * 4] > 0) return sums[i * 4 + 1] > 0 ? 'partly' : 'saved';
    return sums[i * 4 + 1] > 0 ? 'untried' : undefined;
  };
  const prepared = (canvas, height) => {
    const ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth || 600;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = height + 'px';
    const pen = canvas.getContext('2d');
    pen.scale(ratio, ratio);
    return [pen, width];
  };

  const drawGrid = () => {
    const [pen, width] = prepared(grid, ROWS * STEP);
    const wide = width / view.columns;
    const palette = {};
    for (const name of ['saved', 'partly', 'untried', 'failed', 'bad', 'sign', 'mark', 'focus']) palette[name] = colour(name);
    const sums = sumsOf(view.start, view.cell, cells());
    const box = (i) => [(i % view.columns) * wide, Math.floor(i / view.columns) * STEP, wide - GAP, STEP - GAP];
    for (let i = 0; i < cells(); i++) {
      const look = lookOf(sums, i);
      if (look === undefined) continue;
      const [x, y, w, h] = box(i);
      pen.fillStyle = palette[look];
      pen.fillRect(x, y, w, h);
      if (look !== 'bad' && look !== 'failed') continue;
      pen.strokeStyle = palette.sign;
      pen.lineWidth = 1.6;
      pen.beginPath();
      pen.moveTo(x + 4, y + h - 4); pen.lineTo(x + w - 4, y + 4);
      if (look === 'bad') { pen.moveTo(x + 4, y + 4); pen.lineTo(x + w - 4, y + h - 4); }
      pen.stroke();
    }
    if (chosen) {
      pen.strokeStyle = palette.mark;
      pen.lineWidth = 2.5;
      const done = new Set();
      for (const [start, length] of chosen.pieces) {
        const first = Math.max(0, Math.floor((start - view.start) / view.cell));
        const last = Math.min(cells() - 1, Math.floor((start + Math.max(1, length) - 1 - view.start) / view.cell));
        for (let i = first; i <= last; i++) {
          if (done.has(i)) continue;
          done.add(i);
          const [x, y, w, h] = box(i);
          pen.strokeRect(x + 1, y + 1, w - 2, h - 2);
        }
      }
    }
    const [x, y, w, h] = box(cursor);
    pen.lineWidth = 2;
    pen.strokeStyle = palette.focus;
    pen.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
    pen.setLineDash([3, 3]);
    pen.strokeStyle = palette.sign;
    pen.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
    return sums;
  };

  const drawStrip = () => {
    const [pen, width] = prepared(strip, 34);
    const number = Math.max(1, Math.floor(width));
    const sums = sumsOf(0, size / number, number);
    for (let i = 0; i < number; i++) {
      const look = lookOf(sums, i);
      pen.fillStyle = colour(look || 'paper');
      pen.fillRect(i, 6, 1.2, 22);
    }
    // A single bad sector of a large disk is made wide enough to be seen.
    pen.fillStyle = colour('bad');
    for (const area of areas) if (area.bad > 0) pen.fillRect((area.start / size) * width - 0.5, 6, 2, 22);
    if (chosen) {
      pen.fillStyle = colour('mark');
      for (const [start] of chosen.pieces) pen.fillRect((start / size) * width - 1, 0, 3, 5);
    }
    pen.strokeStyle = colour('ink');
    pen.lineWidth = 2;
    const from = (view.start / size) * width, to = (Math.min(size, view.start + span()) / size) * width;
    pen.strokeRect(Math.max(1, from), 3, Math.max(4, Math.min(width - 1, to) - Math.max(1, from)), 28);
  };

  const filesIn = (from, to) =>
    data.files.filter((file) => file.pieces.some(([start, length]) => start < to && start + length > from));
  const tell = (sums) => {
    const box = $('tell');
    const from = view.start + cursor * view.cell;
    const to = Math.min(size, from + view.cell);
    box.textContent = '';
    if (from >= size) { box.append(make('p', 'Behind the end.')); return; }
    const sectors = view.cell <= sector ? 'sector ' + grouped(from / sector)
      : 'sectors ' + grouped(Math.floor(from / sector)) + ' to ' + grouped(Math.ceil(to / sector) - 1);
    box.append(make('b', 'Bytes ' + grouped(from) + ' to ' + grouped(to - 1) + ', ' + sectors));
    const parts = words.map((word, kind) => [word, sums[cursor * 4 + kind]]).filter(([, n]) => n > 0);
    box.append(make('div', parts.map(([word, n]) => word + ': ' + bytes(n)).join(', ')));
    const files = filesIn(from, to);
    if (files.length > 0) {
      const list = make('ul');
      for (const file of files.slice(0, 6)) {
        const item = make('li');
        const button = make('button');
        button.append(bdi(file.name));
        button.onclick = () => choose(file);
        item.append(button);
        list.append(item);
      }
      if (files.length > 6) list.append(make('li', 'and ' + (files.length - 6) + ' more'));
      box.append(list);
    }
  };

  const draw = () => {
    const sums = drawGrid();
    drawStrip();
    tell(sums);
    const end = Math.min(size, view.start + span());
    const isClose = end - view.start < 2 ** 30;
    const place = isClose ? (at) => grouped(at) : bytes;
    $('where').textContent = (isClose ? 'Bytes ' : '') + place(view.start) + ' to ' + place(end) + '; one cell is ' +
      (view.cell === sector ? 'one sector of ' + sector + ' bytes' : bytes(view.cell));
    $('in').disabled = view.cell <= sector;
    $('out').disabled = $('all').disabled = view.cell >= wholeCell();
  };
  const show = (middle, cell) => {
    view.cell = clamp(Math.round(cell / sector) * sector, sector, wholeCell());
    const most = Math.max(0, size - span());
    view.start = clamp(Math.floor((middle - span() / 2) / view.cell) * view.cell, 0, Math.ceil(most / view.cell) * view.cell);
    cursor = clamp(Math.floor((middle - view.start) / view.cell), 0, cells() - 1);
    draw();
  };
  const at = () => Math.min(size - 1, view.start + cursor * view.cell);
  const zoom = (factor) => show(at(), view.cell * factor);
  const whole = () => { view.start = 0; show(at(), wholeCell()); };
  const toArea = (step) => {
    if (areas.length === 0) return;
    const here = at();
    const after = areas.findIndex((area) => area.start > here);
    let i;
    if (step > 0) i = after < 0 ? 0 : after;
    else {
      const before = (after < 0 ? areas.length : after) - 1;
      i = before >= 0 && areas[before].start >= here - view.cell ? before - 1 : before;
      if (i < 0) i = areas.length - 1;
    }
    show(areas[i].start, view.cell);
  };
  const fit = (start, length) => show(start + length / 2, Math.max(sector, (length * 4) / cells()));
  const choose = (file) => {
    chosen = chosen === file ? undefined : file;
    for (const row of document.querySelectorAll('#files tr')) row.setAttribute('aria-selected', String(chosen && row.file === chosen));
    const list = $('pieces');
    list.textContent = '';
    if (chosen && chosen.pieces.length > 0) {
      const [start, length] = chosen.pieces[0];
      list.append(make('b', 'Lost in '), bdi(chosen.name), make('span', ': '));
      for (const [from, long, offset] of chosen.pieces.slice(0, 200)) {
        const button = make('button', bytes(long) + (offset < 0 ? '' : ' at byte ' + grouped(offset)), { title: 'byte ' + from + ' of the source' });
        button.onclick = () => fit(from, long);
        list.append(button);
      }
      if (chosen.count > 200) list.append(make('span', 'and ' + grouped(chosen.count - 200) + ' more places', { class: 'dim' }));
      fit(start, length);
      grid.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
    } else draw();
  };

  const cellUnder = (event) => {
    const box = grid.getBoundingClientRect();
    const column = clamp(Math.floor(((event.clientX - box.left) / box.width) * view.columns), 0, view.columns - 1);
    return clamp(Math.floor((event.clientY - box.top) / STEP), 0, ROWS - 1) * view.columns + column;
  };
  grid.onclick = (event) => { cursor = cellUnder(event); draw(); };
  grid.ondblclick = (event) => { cursor = cellUnder(event); zoom(1 / 8); };
  grid.addEventListener('wheel', (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    cursor = cellUnder(event);
    zoom(event.deltaY < 0 ? 1 / 2 : 2);
  }, { passive: false });
  strip.onclick = (event) => {
    const box = strip.getBoundingClientRect();
    show(((event.clientX - box.left) / box.width) * size, view.cell);
  };
  const KEYS = {
    ArrowLeft: () => { cursor = Math.max(0, cursor - 1); draw(); },
    ArrowRight: () => { cursor = Math.min(cells() - 1, cursor + 1); draw(); },
    ArrowUp: () => { cursor = cursor >= view.columns ? cursor - view.columns : cursor; draw(); },
    ArrowDown: () => { cursor = cursor + view.columns < cells() ? cursor + view.columns : cursor; draw(); },
    PageUp: () => show(view.start + span() / 2 - span(), view.cell),
    PageDown: () => show(view.start + span() / 2 + span(), view.cell),
    Enter: () => zoom(1 / 8), '+': () => zoom(1 / 8), '=': () => zoom(1 / 8),
    Backspace: () => zoom(8), '-': () => zoom(8), Home: whole, 0: whole, n: () => toArea(1), p: () => toArea(-1),
    Escape: () => { if (chosen) choose(chosen); },
  };
  grid.onkeydown = (event) => {
    const act = KEYS[event.key];
    if (!act || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    act();
  };
  $('in').onclick = () => zoom(1 / 8);
  $('out').onclick = () => zoom(8);
  $('all').onclick = whole;
  $('next').onclick = () => toArea(1);
  $('previous').onclick = () => toArea(-1);
  $('next').disabled = $('previous').disabled = areas.length === 0;

  for (const row of document.querySelectorAll('#files tbody tr')) {
    row.file = data.files[Number(row.dataset.file)];
    row.querySelector('button').onclick = () => choose(row.file);
  }
  for (const row of document.querySelectorAll('#areas tbody tr')) {
    row.querySelector('button').onclick = () => { fit(Number(row.dataset.start), Number(row.dataset.length)); grid.scrollIntoView({ block: 'nearest' }); };
  }
  const search = $('search');
  if (search) search.oninput = () => {
    const wanted = search.value.toLowerCase();
    for (const row of document.querySelectorAll('#files tbody tr')) row.hidden = !row.file.name.toLowerCase().includes(wanted);
  };

  const resize = () => {
    const first = view.columns === 1;
    const middle = first ? 0 : at();
    view.columns = clamp(Math.floor((grid.clientWidth || 600) / STEP), 10, 96);
    show(middle, first ? Infinity : view.cell);
    if (first) { view.start = 0; cursor = 0; draw(); }
  };
  $('live').hidden = false;
  window.addEventListener('resize', resize);
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  resize();
})();
`;
