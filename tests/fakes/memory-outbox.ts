/** The outbox in memory. Copies what goes in and out, as a disk does. */
import type { OutboxPort } from '../../src/core/ports.ts'
import type { OutboxItem } from '../../src/core/outbox.ts'
import type { ClientId } from '../../src/core/ids.ts'

export function memoryOutbox(): OutboxPort {
  const items = new Map<ClientId, OutboxItem>()
  const listeners = new Set<() => void>()
  const announce = () => listeners.forEach((run) => run())
  return {
    async all() {
      return structuredClone([...items.values()].toSorted((a, b) => a.seq - b.seq))
    },
    async add(drafts) {
      const ids = new Set(drafts.map((d) => d.client_id))
      if (ids.size < drafts.length || drafts.some((d) => items.has(d.client_id)))
        throw new DOMException('A client id is there already', 'ConstraintError')
      let seq = Math.max(0, ...[...items.values()].map((i) => i.seq))
      for (const draft of structuredClone(drafts))
        items.set(draft.client_id, { ...draft, seq: ++seq, attempts: 0, tried: {}, delivery: { state: 'saved' } })
      announce()
    },
    async change(ids, step) {
      const all = [...new Set(ids)].flatMap((id) => structuredClone(items.get(id)) ?? [])
      const steps = all.map((before) => ({ before, after: step(before) })).filter((s) => s.after !== s.before)
      for (const { before, after } of steps) {
        if (after === null) items.delete(before.client_id)
        else items.set(before.client_id, structuredClone(after))
      }
      if (steps.length) announce()
      return structuredClone(steps.flatMap(({ after }) => after ?? []))
    },
    onChange(run) {
      listeners.add(run)
      return () => listeners.delete(run)
    },
  }
}
