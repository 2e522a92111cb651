import { compile } from '../plan/compile.js';
import { classOf } from '../scanner/class-of.js';
import { Host } from './host.js';

const hosts = new WeakMap<object, Host>();

/** The life of this instance, made when it is first used; throws a `BlueprintError` if its class can't run. */
export function hostOf(instance: object): Host {
  let host = hosts.get(instance);
  if (!host) hosts.set(instance, (host = new Host(instance, compile(classOf(instance)))));
  return host;
}
