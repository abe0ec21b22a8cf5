/** What may be declared, in words: its name, what it means, what will happen to whom, and the button. */
import { moves, type Intent, type Standing } from '../../../core/declaration.ts'
import type { SiteId } from '../../../core/ids.ts'
import type { Verdict } from '../../../core/verdict.ts'
import type { Check } from '../CheckList.vue'
import type { SignName } from '../../signs.ts'
import { useWords } from '../../words.ts'

export interface IntentWords {
  sign: SignName
  title: string
  detail: string
  hold: string
}

/** What the effects depend on. */
export interface Situation {
  standing: Standing
  verdictOn: (site: SiteId) => Verdict
  drill: boolean
  /** Whom the alert reaches, as in "geht an 8 Personen"; null: nobody is told. */
  people: string | null
  /** No site can be reached from here. */
  cut: boolean
  /** No relay can be read from here. */
  noRelay: boolean
}

export function useIntentWords(nameOf: (site: SiteId) => string) {
  const { t } = useWords()

  function wordsOf(intent: Intent, standing: Standing, home: SiteId, drill = false): IntentWords {
    const hold = (act: string) => (drill ? t('switch.act.drill') : act)
    switch (intent.kind) {
      case 'move': {
        const site = nameOf(intent.to)
        if (standing.last?.status === 'Exercise' && drill)
          return {
            sign: 'home',
            title: t('switch.drill_end', { site }),
            detail: t('switch.drill_end_detail'),
            hold: hold(''),
          }
        const back = intent.to === home
        return {
          sign: back ? 'home' : 'moved',
          title: back ? t('switch.back', { site }) : t('switch.move', { site }),
          detail: intent.to === standing.proposal?.to ? t('switch.proposed') : t('switch.move_detail'),
          hold: hold(t('switch.act.move')),
        }
      }
      case 'close': {
        const [site, to] = [nameOf(intent.site), nameOf(intent.to)]
        const moving = moves(intent, standing)
        return {
          sign: 'lock',
          title: moving ? t('switch.close_move', { site, to }) : t('switch.close', { site }),
          detail: moving ? t('switch.close_move_detail') : t('switch.close_detail'),
          hold: hold(t('switch.act.close')),
        }
      }
      case 'reopen':
        return {
          sign: 'lock_open',
          title: t('switch.reopen', { site: nameOf(intent.site) }),
          detail: t('switch.reopen_detail'),
          hold: t('switch.act.reopen'),
        }
      case 'correct':
        return {
          sign: 'history',
          title: t('switch.correct', { site: nameOf(standing.site) }),
          detail: t('switch.correct_detail', { to: nameOf(intent.to) }),
          hold: hold(t('switch.act.correct')),
        }
      case 'decline':
        return {
          sign: 'decline',
          title: t('switch.decline'),
          detail: t('switch.decline_detail', { site: nameOf(standing.site) }),
          hold: t('switch.act.decline'),
        }
      default:
        return intent satisfies never
    }
  }

  function goesTo(verdict: Verdict, to: string): Check {
    switch (verdict) {
      case 'up':
        return { state: 'promise', text: t('switch.effect.move', { to }) }
      case 'down':
        return { state: 'no', text: t('switch.effect.move_down', { to }) }
      case 'unknown':
        return { state: 'note', text: t('switch.effect.move_unsure', { to }) }
      default:
        return verdict satisfies never
    }
  }

  /** What happens to the sites, to phones and to people, one line each. */
  function effectsOf(intent: Intent, situation: Situation): Check[] {
    const { standing, verdictOn, drill, people, cut, noRelay } = situation
    const site = nameOf(standing.site)
    const note = (text: string): Check => ({ state: 'note', text })
    const moving = moves(intent, standing)
    const told =
      people === null
        ? []
        : [note(drill ? t('switch.effect.drill_told', { people }) : t('switch.effect.told', { people }))]
    const withdrawn = people === null ? [] : [note(t('switch.effect.withdrawn', { people }))]
    const lines: Check[] = []
    if (drill) lines.push({ state: 'promise', text: t('switch.effect.drill') })
    else if (moving && 'to' in intent) lines.push(goesTo(verdictOn(intent.to), nameOf(intent.to)))
    if (intent.kind === 'close') lines.push(note(t('switch.effect.close', { site: nameOf(intent.site) })))
    if (intent.kind === 'move' && standing.closed.includes(intent.to))
      lines.push(note(t('switch.effect.reopen', { site: nameOf(intent.to) })))
    if (intent.kind === 'reopen') lines.push(note(t('switch.effect.reopen', { site: nameOf(intent.site) })))
    if (intent.kind === 'move' && !drill && verdictOn(standing.site) !== 'down')
      lines.push(note(t('switch.effect.open', { site })))
    if (intent.kind === 'decline')
      lines.push(
        note(t('switch.effect.decline', { site })),
        note(t('switch.effect.decline_phones', { site })),
        note(t('switch.effect.decline_told')),
      )
    else lines.push(...(moving ? (intent.kind === 'correct' ? withdrawn : told) : [note(t('switch.effect.untold'))]))
    if (cut) lines.push({ state: 'no', text: t('switch.effect.offline') })
    else if (noRelay && moving) lines.push({ state: 'no', text: t('switch.effect.no_relay') })
    return lines
  }

  return { wordsOf, effectsOf }
}
