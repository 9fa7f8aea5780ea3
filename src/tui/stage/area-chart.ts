import type { Widgets } from 'blessed';
import Canvas from 'blessed-contrib/lib/widget/canvas.js';
import type { Chart, Rect } from '../frame/pane.ts';
import type { Look } from '../look.ts';
import { inAlphabet } from './chart-glyphs.ts';

/** Dots of a braille cell. */
const DOTS_ACROSS = 2;
const DOTS_DOWN = 4;

/** A filled curve, the latest value at the right edge, as blessed-contrib's canvas draws it. */
export class AreaChart {
  readonly #canvas: Canvas;
  #drawn = '';

  constructor(screen: Widgets.Screen) {
    this.#canvas = new Canvas({ top: 0, left: 0, width: 1, height: 1, wrap: false } as Widgets.BoxOptions);
    this.#canvas.calcSize = () => {
      const { width, height } = this.#canvas;
      this.#canvas.canvasSize = {
        width: (width as number) * DOTS_ACROSS,
        height: (height as number) * DOTS_DOWN,
      };
    };
    screen.append(this.#canvas);
  }

  /** Draws the chart into a part of the screen, if anything about it has changed. */
  draw(chart: Chart, rect: Rect, look: Look): void {
    const drawn = JSON.stringify([chart, rect, look]);
    this.#canvas.show();
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const canvas = this.#canvas;
    canvas.left = rect.left;
    canvas.top = rect.top;
    canvas.width = rect.width;
    canvas.height = rect.height;
    // The canvas learns its size when it is attached, and only then.
    canvas.emit('attach');
    const { ctx } = canvas;
    const inner = ctx._canvas;
    const frame = inner.frame.bind(inner);
    inner.frame = () => inAlphabet(frame(), look.charts);
    ctx.strokeStyle = look.colour ? 'green' : 'normal';
    const columns = rect.width * DOTS_ACROSS;
    const bottom = rect.height * DOTS_DOWN - 1;
    const shown = chart.values.slice(-columns);
    shown.forEach((value, i) => {
      const share = chart.highest > 0 ? Math.min(1, Math.max(0, value / chart.highest)) : 0;
      if (share === 0) return;
      const x = columns - shown.length + i;
      ctx.beginPath();
      ctx.moveTo(x, bottom);
      ctx.lineTo(x, Math.round(bottom * (1 - share)));
      ctx.stroke();
    });
  }

  hide(): void {
    this.#canvas.hide();
  }
}
