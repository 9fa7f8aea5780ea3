/** The parts of blessed-contrib's canvas that are used here; the package has no types of its own for them. */
declare module 'blessed-contrib/lib/widget/canvas.js' {
  import type { Widgets } from 'blessed';

  interface CanvasContext {
    strokeStyle: string;
    readonly _canvas: { frame(): string };
    beginPath(): void;
    moveTo(x: number, y: number): void;
    lineTo(x: number, y: number): void;
    stroke(): void;
  }

  class Canvas extends Widgets.BoxElement {
    /** Made anew on each `attach`. */
    readonly ctx: CanvasContext;
    canvasSize: { width: number; height: number };
    calcSize(): void;
    constructor(options: Widgets.BoxOptions);
  }

  export = Canvas;
}
