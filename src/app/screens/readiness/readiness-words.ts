/** The rows of Bereitschaft in words: what was found, when, and what to do about it (READY-1, READY-5). */
import { computed } from 'vue'
import { useWords } from '../../words.ts'
import type { ReadinessRow } from '../../views.ts'

type Fix = NonNullable<ReadinessRow['fix']>
export interface RowWords {
  title: string
  line: string
}

export function useReadinessWords() {
  const { t, n, time, day, language } = useWords()
  const list = computed(() => new Intl.ListFormat(language.value, { type: 'conjunction' }))
  const seconds = (ms: number) => n(Math.round(ms / 100) / 10, { minimumFractionDigits: 1 })

  /** What it is about, in words that claim nothing. */
  function unchecked(id: ReadinessRow['id']): RowWords {
    const titles: Record<ReadinessRow['id'], string> = {
      installed: t('readiness.installed_unchecked'),
      push: t('readiness.push'),
      standby: t('readiness.standby'),
      handbook: t('readiness.handbook_unchecked'),
    }
    return { title: titles[id], line: t('readiness.unchecked') }
  }

  function handbook(playbooks: number, contacts: number, newest: string): string {
    const parts = [t('readiness.plans', playbooks), t('readiness.contacts', contacts)]
    const at = Date.parse(newest)
    return (Number.isNaN(at) ? parts : [...parts, t('readiness.newest', { day: day(at) })]).join(', ') + '.'
  }

  function found({ id, finding: f }: ReadinessRow): RowWords {
    switch (f.kind) {
      case 'installed':
        return { title: t('readiness.installed'), line: t('readiness.installed_line') }
      case 'not_installed':
      case 'install_prompt':
        return { title: t('readiness.not_installed'), line: t('readiness.not_installed_line') }
      case 'storage_lent':
        return { title: t('readiness.storage_lent'), line: t('readiness.storage_lent_line') }
      case 'push_received':
        return { title: t('readiness.push_received'), line: t('readiness.push_received_line', { s: seconds(f.ms) }) }
      case 'push_unsupported':
        return { title: t('readiness.push_unsupported'), line: t('readiness.push_unsupported_line') }
      case 'push_needs_install':
        return { title: t('readiness.push_needs_install'), line: t('readiness.push_needs_install_line') }
      case 'push_not_asked':
        return { title: t('readiness.push_not_asked'), line: t('readiness.push_not_asked_line') }
      case 'push_denied':
        return { title: t('readiness.push_denied'), line: t('readiness.push_denied_line') }
      case 'push_untested':
        return { title: t('readiness.push_untested'), line: t('readiness.push_untested_line') }
      case 'push_no_relay':
        return { title: t('readiness.push_no_relay'), line: t('readiness.push_no_relay_line') }
      case 'push_silent':
        return { title: t('readiness.push_silent'), line: t('readiness.push_silent_line') }
      case 'push_partial':
        return { title: t('readiness.push_partial', { site: f.site }), line: t('readiness.push_partial_line') }
      case 'push_off':
        return { title: t('readiness.push_off'), line: t('readiness.push_off_line') }
      case 'both_sites':
        return { title: t('readiness.sites', f.sites.length), line: `${list.value.format(f.sites)}.` }
      case 'site_missing':
        return { title: t('readiness.site_missing', { site: f.site }), line: t('readiness.site_missing_line') }
      case 'site_expired':
        return { title: t('readiness.site_expired', { site: f.site }), line: t('readiness.site_expired_line') }
      case 'site_locked':
        return { title: t('readiness.site_locked', { site: f.site }), line: t('readiness.site_locked_line') }
      case 'site_silent':
        return { title: t('readiness.site_silent', { site: f.site }), line: t('readiness.site_silent_line') }
      case 'handbook_complete':
        return { title: t('readiness.handbook'), line: handbook(f.playbooks, f.contacts, f.newest) }
      case 'handbook_loading':
        return {
          title: t('readiness.handbook_loading'),
          line: t('readiness.handbook_loading_line', { done: f.done, of: f.of }),
        }
      case 'handbook_empty':
        return { title: t('readiness.handbook_empty'), line: t('readiness.handbook_empty_line') }
      case 'unchecked':
        return unchecked(id)
      default:
        return f satisfies never
    }
  }

  /** With the age of the proof or of the failed check, which is part of it. */
  function rowWords(row: ReadinessRow): RowWords {
    const { title, line } = found(row)
    if (row.state === 'checking' && row.finding.kind === 'unchecked') return { title, line: t('readiness.checking') }
    return row.at === null
      ? { title, line }
      : { title, line: `${line} ${t('readiness.checked', { time: time(row.at) })}` }
  }

  function fixWord(fix: Fix): string {
    const words: Record<Fix, string> = {
      install: t('readiness.fix_install'),
      allow_push: t('readiness.fix_allow_push'),
      test_push: t('readiness.fix_test_push'),
      sign_in_site: t('readiness.fix_sign_in'),
      check: t('readiness.fix_check'),
      load_handbook: t('readiness.fix_load'),
    }
    return words[fix]
  }

  return { rowWords, seconds, fixWord }
}
