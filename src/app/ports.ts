/** How screens and stores get at the outside: one typed key, provided once by `main.ts`, or by a test with fakes. */
import { inject, type InjectionKey } from 'vue'
import type { Ports } from '../core/ports.ts'

export const PORTS: InjectionKey<Ports> = Symbol('ports')

export function usePorts(): Ports {
  const ports = inject(PORTS)
  if (!ports) throw new Error('no ports were provided')
  return ports
}
