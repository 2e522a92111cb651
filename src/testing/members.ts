import { MisuseError } from '../errors/misuse-error.js';
import { Pipeline } from '../pipeline.js';
import { compile } from '../plan/compile.js';
import { listNames } from '../plan/problems/list-names.js';
import { nearestName } from '../plan/problems/nearest-name.js';
import type { Blueprint, MemberBlueprint } from '../scanner/blueprint.js';
import { classOf } from '../scanner/class-of.js';

/** The groups in which `standIn` takes names. */
export type Group = 'steps' | 'hooks' | 'handlers' | 'services';

const GROUPS = ['steps', 'hooks', 'handlers', 'services'] as const satisfies readonly Group[];
const ONE = { steps: 'step', hooks: 'hook', handlers: 'handler', services: 'field' } as const;

/** What stands before the name of a `#private` field, also where a compiler has made a WeakMap of it. */
const PRIVATE = '#|__private(?:Add|Get|Set)\\(this, _|__classPrivateField(?:Get|Set)\\(this, _\\w+_';

/** What can be stood in for in one instance: says why a name can't. */
export class Members {
  readonly #instance: object;
  readonly #blueprint: Blueprint;

  /** Throws for what is no instance of a pipeline class, or of one that can't run. */
  constructor(instance: object) {
    if (typeof instance === 'function')
      throw refused('standIn() takes an instance, not a class', 'Pass what new made: the class stays as it is.');
    this.#instance = instance;
    this.#blueprint = compile(classOf(instance)).blueprint;
  }

  get steps(): readonly string[] {
    return this.#namesOf('steps');
  }

  /** Throws if there is no such group, or no such name in it, or if nothing can stand in for it. */
  check(group: string, name: string, value: unknown): void {
    if (!isGroup(group)) throw this.#noGroup(group);
    if (name.startsWith('#') || this.#isPrivate(group, name)) throw this.#private(name.replace(/^#/, ''));
    if (group === 'services') this.#checkService(name);
    else if (!this.#namesOf(group).includes(name)) throw this.#unknown(group, name);
    else if (typeof value !== 'function')
      throw refused(`what stands in for ${this.#at(name)} must be a function`, 'Give it a function.');
    const { configurable = true } = Object.getOwnPropertyDescriptor(this.#instance, name) ?? {};
    if (configurable && Object.isExtensible(this.#instance)) return;
    throw refused(`${this.#at(name)} can't be replaced: the instance is frozen`, 'Stand in before it is frozen.');
  }

  #namesOf(group: Exclude<Group, 'services'>): string[] {
    return this.#membersOf(group)
      .filter(({ placement }) => placement === 'method')
      .map(({ name }) => String(name));
  }

  #membersOf(group: Exclude<Group, 'services'>): readonly MemberBlueprint[] {
    const { steps, startup, shutdown, handlers } = this.#blueprint;
    return group === 'hooks' ? [...startup, ...shutdown] : group === 'steps' ? steps : handlers;
  }

  #checkService(name: string): void {
    const group = this.#groupOf(name);
    if (group) throw this.#unknown('services', name);
    // A run or an instance whose own machinery is replaced would be no test of anything.
    if (name in Pipeline.prototype) throw unknown(`${this.#at(name)} is a member of Pipeline`, 'Name a field.');
    // A field without an initial value leaves no trace but where its class sets it.
    if (this.#isField(name) || this.#isMentioned('this\\.', name)) return;
    throw this.#isMentioned(PRIVATE, name) ? this.#private(name) : this.#unknown('services', name);
  }

  #isPrivate(group: Group, name: string): boolean {
    if (group === 'services') return false;
    const isIt = ({ placement, name: own }: MemberBlueprint): boolean =>
      placement === 'private' && String(own).replace(/^#/, '') === name;
    return !this.#namesOf(group).includes(name) && this.#membersOf(group).some(isIt);
  }

  /** Whether the text of its classes has this name behind that. */
  #isMentioned(before: string, name: string): boolean {
    const pattern = new RegExp(`(?:${before})${name.replace(/\W/g, '\\$&')}(?![\\w$])`);
    let owner: unknown = classOf(this.#instance);
    for (; typeof owner === 'function'; owner = Object.getPrototypeOf(owner))
      if (pattern.test(Function.prototype.toString.call(owner))) return true;
    return false;
  }

  #groupOf(name: string): Group | undefined {
    return (['steps', 'hooks', 'handlers'] as const).find((group) => this.#namesOf(group).includes(name));
  }

  #isField(name: string): boolean {
    return name in this.#instance && !(name in Pipeline.prototype);
  }

  /** Its own fields, and what its classes define as accessors or methods without a decorator. */
  #fields(): string[] {
    return [...Object.keys(this.#instance), ...this.#blueprint.undecorated].filter((name) => this.#isField(name));
  }

  #at = (name: string): string => `${this.#blueprint.className}.${name}`;

  #unknown(group: Group, name: string): MisuseError {
    const at = `${this.#at(name)} is no ${ONE[group]}`;
    const other = this.#groupOf(name) ?? (this.#isField(name) ? 'services' : undefined);
    if (other && other !== group)
      return unknown(`${at} but a ${ONE[other]}`, `Give it under ${other}: { ${other}: { ${name}: … } }.`);
    const known = group === 'services' ? this.#fields() : this.#namesOf(group);
    const nearest = nearestName(name, known);
    const listed = known.length > 0 ? `It has: ${listNames(known)}.` : `It has no ${ONE[group]}.`;
    return unknown(nearest ? `${at}. Did you mean "${nearest}"?` : `${at}.`, listed);
  }

  #private(name: string): MisuseError {
    return refused(
      `${this.#at(`#${name}`)} is private to its class: nobody outside can replace it`,
      'Inject what it holds by the constructor, or declare it as private instead of #private.',
    );
  }

  #noGroup(group: string): MisuseError {
    return unknown(`standIn() knows no "${group}".`, `Give names under: ${GROUPS.join(', ')}.`);
  }
}

const isGroup = (group: string): group is Group => (GROUPS as readonly string[]).includes(group);

const unknown = (message: string, remedy: string): MisuseError =>
  new MisuseError({ code: 'UNKNOWN_STAND_IN', message: `${message}.`.replace(/([?.])\.$/, '$1'), remedy });

const refused = (message: string, remedy: string): MisuseError =>
  new MisuseError({ code: 'STAND_IN_REFUSED', message: `${message}.`, remedy });
