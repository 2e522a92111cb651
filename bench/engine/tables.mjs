/** Tables as bench/README.md has them. */

/** Prints a table whose columns but the first are numbers. */
export function print(title, head, rows) {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const padded = (row) => line(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))));
  const rule = line(widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)));
  console.log([`${title}\n`, padded(head), rule, ...all.slice(1).map(padded), ''].join('\n'));
}

/** With as many digits as say something; nothing for what is not known. */
export const short = (value) =>
  Number.isNaN(value)
    ? ''
    : value >= 1000
      ? Math.round(value).toLocaleString('en')
      : value >= 100
        ? value.toFixed(0)
        : value.toFixed(1);

export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
