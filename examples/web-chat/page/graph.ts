/** A step of the pipeline, and where it leads. */
export interface GraphStep {
  readonly name: string;
  readonly kind: string;
  readonly to: readonly string[];
}

export type Progress = 'waiting' | 'running' | 'retrying' | 'done' | 'skipped' | 'cancelled' | 'failed';

const toWords = (name: string): string => name.replace(/([A-Z])/g, ' $1').replace(/^./, (first) => first.toUpperCase());

/** The pipeline's steps as boxes that light up; what a box shows by its colour it also says in words. */
export class Graph {
  readonly #list: HTMLElement;
  readonly #lines: SVGSVGElement;
  readonly #steps: readonly GraphStep[];
  readonly #boxes = new Map<string, HTMLElement>();
  readonly #began = new Map<string, number>();

  constructor(section: HTMLElement, steps: readonly GraphStep[]) {
    this.#list = section.querySelector('ol')!;
    this.#lines = section.querySelector('svg')!;
    this.#steps = steps;
    const rows = rowsOf(steps);
    const columns = Math.max(...rows.map(({ length }) => length));
    for (const [row, names] of rows.entries())
      for (const [n, name] of names.entries()) this.#add(name, row, n, names.length, columns);
    new ResizeObserver(() => this.#draw()).observe(section);
  }

  /** All steps wait. */
  clear(): void {
    this.#began.clear();
    for (const name of this.#boxes.keys()) this.show(name, 'waiting');
  }

  /** Shows where a step is; with the time of the event, how long it has taken. */
  show(name: string, progress: Progress, at?: number): void {
    const box = this.#boxes.get(name);
    if (box === undefined) return;
    if (progress === 'running' && at !== undefined) this.#began.set(name, at);
    const began = this.#began.get(name);
    const took = progress !== 'running' && at !== undefined && began !== undefined ? `, ${at - began} ms` : '';
    box.dataset.status = progress;
    box.querySelector('small')!.textContent = progress + took;
  }

  #add(name: string, row: number, n: number, inRow: number, columns: number): void {
    const box = document.createElement('li');
    box.dataset.step = name;
    box.append(toWords(name), document.createElement('small'));
    box.style.gridRow = String(row + 1);
    box.style.gridColumn = inRow === 1 ? `1 / span ${columns}` : String(n + 1);
    this.#list.append(box);
    this.#boxes.set(name, box);
    this.show(name, 'waiting');
  }

  #draw(): void {
    const origin = this.#lines.getBoundingClientRect();
    const path = (from: string, to: string): string => {
      const [a, b] = [from, to].map((name) => this.#boxes.get(name)!.getBoundingClientRect());
      const [x1, y1] = [a.left + a.width / 2 - origin.left, a.bottom - origin.top];
      const [x2, y2] = [b.left + b.width / 2 - origin.left, b.top - origin.top];
      const bend = (y2 - y1) / 2;
      return `<path d="M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}" />`;
    };
    // Numbers alone: nothing of what anybody has typed is in here.
    this.#lines.innerHTML = this.#steps.flatMap(({ name, to }) => to.map((next) => path(name, next))).join('');
  }
}

/** Each step below the last of those that lead to it. */
function rowsOf(steps: readonly GraphStep[]): string[][] {
  const rows: string[][] = [];
  const depths = new Map<string, number>();
  for (const { name, to } of steps) {
    const depth = depths.get(name) ?? 0;
    (rows[depth] ??= []).push(name);
    for (const next of to) depths.set(next, Math.max(depths.get(next) ?? 0, depth + 1));
  }
  return rows;
}
