import {
  anything,
  fields,
  lazily,
  list,
  number,
  oneOf,
  optional,
  record,
  text,
  time,
  whole,
  type Shape,
} from '../run/shape.js';

const pair =
  (first: Shape, second: Shape): Shape =>
  (value, path) =>
    !Array.isArray(value) || value.length !== 2
      ? `${path} must be a list of two`
      : (first(value[0], `${path}[0]`) ?? second(value[1], `${path}[1]`));

const plainError = fields({
  name: text,
  message: text,
  code: optional(text),
  step: optional(text),
  attempt: optional(whole(0)),
});

const usage = fields({ input: number, output: number, models: record(fields({ input: number, output: number })) });

const stored: Shape = (value, path) => {
  const wrong = fields({ value: anything, list: optional(list(list(anything))) })(value, path);
  if (wrong !== undefined) return wrong;
  const { list: items } = value as { readonly list?: readonly (readonly unknown[])[] };
  return items?.every((item) => item.length <= 1) === false
    ? `${path}.list must hold at most one value each`
    : undefined;
};

const suspension = fields({ ask: anything, expiresAt: optional(time), validated: optional(oneOf(true)) });

const change: Shape = (value, path) =>
  fields({
    op: oneOf('set', 'delete', 'grow', 'merge'),
    path: list(text),
    value: anything,
    items: optional(list(anything)),
    mine: anything,
  })(value, path) ?? wrongChange(value as { op: string; path: readonly string[]; items?: unknown }, path);

/** What an operation needs to be carried out. */
function wrongChange(
  change: { readonly op: string; readonly path: readonly string[]; readonly items?: unknown },
  path: string,
): string | undefined {
  if (change.path.length === 0) return `${path}.path must name a field`;
  if (change.op === 'merge' && change.path.length > 1) return `${path}.path must name one field`;
  if (change.op === 'set' && !Object.hasOwn(change, 'value')) return `${path} must have a value`;
  return change.op === 'grow' && change.items === undefined ? `${path} must have items` : undefined;
}

const write = fields({
  path: list(text),
  step: text,
  version: whole(0),
  differed: whole(0),
  how: (value, path) =>
    typeof value === 'string'
      ? oneOf('merge', 'unique', 'deleted')(value, path)
      : fields({ value: oneOf(true, false, null) })(value, path),
});

const spoken = fields({
  key: text,
  name: text,
  pipeline: text,
  path: list(text),
  visit: whole(1),
  index: optional(whole(0)),
  attempt: whole(1),
  firstToken: whole(0),
  lastToken: whole(0),
});

const place = {
  step: text,
  visit: whole(1),
  index: optional(whole(0)),
  attempt: whole(1),
  tokens: pair(whole(0), whole(0)),
  spoken: list(spoken),
};

const visit = fields({ ...place, suspension, input: optional(stored) });

const open = { ...place, baseVersion: whole(0), base: optional(record(anything)), outputsSeen: whole(0) };

const each = fields({
  ...open,
  results: list((value, path) =>
    Array.isArray(value) && value.length <= 1
      ? value.length === 0
        ? undefined
        : stored(value[0], path)
      : `${path} must be a list of one value or none`,
  ),
  changes: list(pair(whole(0), list(change))),
  failures: list(pair(whole(0), plainError)),
  suspended: list(visit),
});

const child = fields({
  ...open,
  field: text,
  pipeline: text,
  fingerprint: text,
  given: fields({ input: stored, inputs: optional(list(pair(text, stored))), item: optional(stored) }),
  changes: list(change),
  usage,
  flow: lazily(() => flow),
});

const flow: Shape = fields({
  state: record(anything),
  version: whole(0),
  writes: list(write),
  outputs: list(pair(text, stored)),
  progress: anything,
  suspended: list(visit),
  eaches: list(each),
  children: list(child),
  items: list(fields({ step: text, counts: record(whole(0)) })),
});

/** What a checkpoint has to look like; whether it fits a plan is another question. */
export const CHECKPOINT: Shape = fields({
  v: oneOf(1),
  runId: (value, path) =>
    text(value, path) ??
    ((value as string).length > 128 || value === '' ? `${path} must have 1 to 128 letters` : undefined),
  segment: whole(1),
  pipeline: text,
  fingerprint: text,
  outline: record(text),
  seq: whole(0),
  startedAt: time,
  usage,
  attempts: whole(0),
  text: list(pair(text, text)),
  errors: list(plainError),
  root: flow,
});
