// @vitest-environment happy-dom
import { mount, RouterLinkStub } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createWords } from '../../../../src/app/i18n.ts'
import ConnectionStrip from '../../../../src/app/layout/ConnectionStrip.vue'
import StripVoice from '../../../../src/app/layout/StripVoice.vue'
import type { Strip } from '../../../../src/app/views.ts'
import type { Language } from '../../../../src/core/alert.ts'

const NOW = new Date(2026, 10, 24, 14, 36).getTime()
const at = (hour: number, minute: number) => new Date(2026, 10, 24, hour, minute).getTime()
beforeEach(() => void vi.useFakeTimers({ now: NOW }))
afterEach(() => void vi.useRealTimers())

const withWords = (language: Language) => ({
  plugins: [createWords(language)],
  stubs: { RouterLink: RouterLinkStub },
})
const shown = (strip: Strip, language: Language = 'de') => {
  const wrapper = mount(ConnectionStrip, { props: { strip }, global: withWords(language) })
  return [wrapper.get('.title').text(), wrapper.get('.detail').text()]
}

describe('APP-4 the strip says', () => {
  it.each<[Strip, string, string]>([
    [{ state: 'normal', site: 'IONOS', asOf: at(14, 36) }, 'IONOS', 'Arbeitsplatz läuft · Stand 14:36'],
    [{ state: 'seeking', asOf: at(14, 36) }, 'Verbindung wird gesucht …', 'Stand 14:36 · Sie können weiterlesen'],
    [{ state: 'trouble', silent: 'IONOS', checking: 'STACKIT' }, 'IONOS antwortet nicht', 'STACKIT wird geprüft'],
    [
      { state: 'moved', site: 'STACKIT', since: at(14, 32), asOf: at(14, 36) },
      'Ausweichstandort STACKIT',
      'Arbeitsplatz seit 14:32 dort · Stand 14:36',
    ],
    [
      { state: 'offline', asOf: at(14, 21), waiting: 2, cut: 'network' },
      'Kein Netz',
      'Stand 14:21 · 2 Einträge warten',
    ],
    [{ state: 'offline', asOf: at(14, 21), waiting: 1, cut: 'network' }, 'Kein Netz', 'Stand 14:21 · 1 Eintrag wartet'],
    [{ state: 'offline', asOf: null, waiting: 0, cut: 'network' }, 'Kein Netz', 'Noch nichts geladen'],
    [{ state: 'offline', asOf: null, waiting: 0, cut: 'sites' }, 'Kein Standort antwortet', 'Noch nichts geladen'],
    [{ state: 'back', site: 'IONOS' }, 'Zurück bei IONOS', 'Arbeitsplatz wieder dort'],
  ])('%j as "%s · %s"', (strip, title, detail) => {
    expect(shown(strip)).toEqual([title, detail])
  })
  it('the same in English (APP-5)', () => {
    const strip: Strip = { state: 'moved', site: 'STACKIT', since: at(14, 32), asOf: at(14, 36) }
    expect(shown(strip, 'en')).toEqual(['Standby site STACKIT', 'workplace there since 14:32 · As of 14:36'])
  })
})

describe('the voice of the strip', () => {
  const normal = (asOf: number): Strip => ({ state: 'normal', site: 'IONOS', asOf })
  const offline: Strip = { state: 'offline', asOf: NOW, waiting: 0, cut: 'network' }

  it('APP-10 speaks of a state that has lasted, not of one that flickers, nor of the first', async () => {
    const voice = mount(StripVoice, { props: { strip: normal(NOW) }, global: withWords('de') })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(voice.text()).toBe('')
    await voice.setProps({ strip: offline })
    await vi.advanceTimersByTimeAsync(4_999)
    await voice.setProps({ strip: normal(NOW) })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(voice.text()).toBe('')
    await voice.setProps({ strip: offline })
    await vi.advanceTimersByTimeAsync(5_000)
    expect(voice.text()).toBe('Kein Netz')
  })

  it('is not woken by a newer "Stand"', async () => {
    const voice = mount(StripVoice, { props: { strip: normal(NOW) }, global: withWords('de') })
    await voice.setProps({ strip: normal(NOW + 60_000) })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(voice.text()).toBe('')
  })
})
