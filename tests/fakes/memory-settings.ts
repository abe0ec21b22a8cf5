/** Settings in memory. */
import type { Settings } from '../../src/core/ports.ts'

export function memorySettings(): Settings {
  const values = new Map<string, unknown>()
  const listeners = new Set<(key: string) => void>()
  const announce = (key: string) => listeners.forEach((run) => run(key))
  return {
    async get(key) {
      return structuredClone(values.get(key))
    },
    async set(key, value) {
      if (value === null) values.delete(key)
      else values.set(key, structuredClone(value))
      announce(key)
    },
    async clear() {
      const keys = [...values.keys()]
      values.clear()
      keys.forEach(announce)
    },
    onChange(run) {
      listeners.add(run)
      return () => listeners.delete(run)
    },
  }
}
