import { describe, expect, it } from 'vitest'
import { effectScope, ref } from 'vue'
import { useCalm } from '../../../src/app/calm.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

function calm(first: string) {
  const clock = new ManualClock()
  const at = (due: number, run: () => void) => clock.after(due - clock.now(), run)
  const source = ref(first)
  const scope = effectScope()
  const shown = scope.run(() =>
    useCalm(
      () => source.value,
      (value) => value === 'seeking',
      3000,
      { now: clock.now, at },
    ),
  )!
  return { clock, source, shown }
}

describe('APP-4 what only flickers', () => {
  it('is not shown when it passes in time', async () => {
    const { clock, source, shown } = calm('normal')
    source.value = 'seeking'
    await clock.advance(2999)
    expect(shown.value).toBe('normal')
    source.value = 'moved'
    expect(shown.value).toBe('moved')
    await clock.advance(60_000)
    expect(shown.value).toBe('moved')
  })

  it('is shown when it lasts', async () => {
    const { clock, source, shown } = calm('normal')
    source.value = 'seeking'
    await clock.advance(3000)
    expect(shown.value).toBe('seeking')
  })

  it('is shown at once where nothing else was known', () => {
    const { source, shown } = calm('seeking')
    expect(shown.value).toBe('seeking')
    source.value = 'normal'
    expect(shown.value).toBe('normal')
  })
})
