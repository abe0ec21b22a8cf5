/** The texts of the plans that are on board, for the search: read once, when somebody first searches. */
import { shallowRef, watch, type Ref } from 'vue'
import type { PlaybookView } from '../../views.ts'

export function useBodies(
  playbooks: () => readonly PlaybookView[],
  body: (id: string) => Promise<string | null>,
  wanted: () => boolean,
): Readonly<Ref<ReadonlyMap<string, string>>> {
  const texts = shallowRef<ReadonlyMap<string, string>>(new Map())
  const read = new Map<string, string>()
  /** A new version of a text has another key. */
  const keyOf = (p: PlaybookView) => `${p.card.sha256} ${p.onBoard}`

  watch(
    [
      wanted,
      () =>
        playbooks()
          .map((p) => `${p.id} ${keyOf(p)}`)
          .join(),
    ],
    async ([asked]) => {
      if (!asked) return
      const fresh = playbooks().filter((p) => p.onBoard !== 'no' && read.get(p.id) !== keyOf(p))
      for (const p of fresh) read.set(p.id, keyOf(p))
      const found = await Promise.all(fresh.map(async (p) => [p.id, await body(p.id)] as const))
      const known = found.flatMap(([id, text]) => (text === null ? [] : [[id, text] as const]))
      if (known.length) texts.value = new Map([...texts.value, ...known])
    },
  )
  return texts
}
