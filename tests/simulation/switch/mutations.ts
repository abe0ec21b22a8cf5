/** Ways in which the core could be wrong, each made by replacing one of its functions. `rule` is what the world must say of it. */
import type { ActiveSite, KnownDeclaration } from '../../../src/core/failover.ts'
import type { SiteId } from '../../../src/core/ids.ts'
import type { Sight, Verdicts } from '../../../src/core/switching.ts'
import { wrongVerdicts } from '../wrong-verdicts.ts'
import { shipped, type Core } from './core.ts'

export interface Mutation {
  what: string
  rule: string
  core: Partial<Core>
}

/** What a relay knows, changed on the way to its decisions. */
const seenAs = (change: (sight: Sight) => Partial<Sight>): Partial<Core> => {
  const changed = (sight: Sight): Sight => ({ ...sight, ...change(sight) })
  return {
    takeTurn: (sight, before) => shipped.takeTurn(changed(sight), before),
    replacedBy: (sight, ...rest) => shipped.replacedBy(changed(sight), ...rest),
    mayComplete: (sight, ...rest) => shipped.mayComplete(changed(sight), ...rest),
  }
}
const withVerdict = (change: (verdict: Verdicts[string], site: SiteId, sight: Sight) => Verdicts[string]) =>
  seenAs((sight) => ({
    verdict: Object.fromEntries(Object.entries(sight.verdict).map(([id, v]) => [id, change(v, id, sight)])),
  }))
const activeOf = ({ latest, deployment }: Sight) => latest?.declared.site ?? deployment.sites[0]!.id
const undeclined = ({ declared: { declines: _declines, ...declared }, at }: KnownDeclaration) => ({ declared, at })
const bySite = (declared: readonly ActiveSite[]) =>
  declared.toSorted((a, b) => (a.site < b.site ? -1 : a.site > b.site ? 1 : 0)).at(-1) ?? null

export const mutations: Mutation[] = [
  ...wrongVerdicts.map(({ verdicts, ...named }) => ({ ...named, core: { verdicts } })),
  {
    what: 'unknown is counted as down',
    rule: 'SITE-1',
    core: withVerdict((verdict) => (verdict === 'unknown' ? 'down' : verdict)),
  },
  {
    what: 'no hysteresis: one miss is enough',
    rule: 'SITE-1',
    core: {
      observe: (view, ok, now, { damping }) => shipped.observe(view, ok, now, { misses: 1, recovers: 1, damping }),
    },
  },
  {
    what: 'no hysteresis: one good probe is enough',
    rule: 'SITE-5',
    core: { observe: (view, ok, now, thresholds) => shipped.observe(view, ok, now, { ...thresholds, recovers: 1 }) },
  },
  {
    what: 'no damping',
    rule: 'SITE-5',
    core: { observe: (view, ok, now, { misses, recovers }) => shipped.observe(view, ok, now, { misses, recovers }) },
  },
  {
    what: 'a site that has fallen often is never up again',
    rule: 'SITE-5',
    core: {
      observe: (view, ok, now, thresholds) =>
        shipped.observe(view, ok, now, { ...thresholds, damping: { falls: 1, window: Infinity, hold: Infinity } }),
    },
  },
  {
    what: 'a closed site is a successor',
    rule: 'SWITCH-6',
    core: seenAs(({ latest }) => ({ latest: latest && { ...latest, declared: { ...latest.declared, closed: [] } } })),
  },
  {
    what: 'nobody waits for an earlier site of which nobody is sure',
    rule: 'SITE-5',
    core: withVerdict((verdict, site, sight) => (verdict === 'unknown' && site !== activeOf(sight) ? 'down' : verdict)),
  },
  {
    what: 'the last site that is up goes on, not the first',
    rule: 'SITE-5',
    core: seenAs(({ deployment, latest }) => ({
      deployment: { ...deployment, sites: latest ? deployment.sites.toReversed() : deployment.sites },
    })),
  },
  {
    what: 'whoever is silent is waited for',
    rule: 'SITE-5',
    core: {
      takeTurn: (sight, before) =>
        shipped.takeTurn(
          { ...sight, follows: (site) => ({ site, since: 0 }) },
          before && { ...before, since: sight.now },
        ),
    },
  },
  {
    what: 'nobody waits for those who speak first to begin with',
    rule: 'SITE-5',
    core: { takeTurn: (sight, before) => shipped.takeTurn({ ...sight, now: 0 }, before) },
  },
  {
    what: 'the rooms are not read before a declaration',
    rule: 'SITE-13',
    core: { replacedBy: () => ({ key: '0', latest: null }) },
  },
  {
    what: 'what other relays go by does not matter',
    rule: 'SITE-13',
    core: seenAs(({ follows }) => ({
      follows: (site) => {
        const other = follows(site)
        return other && { ...other, since: 0 }
      },
    })),
  },
  {
    what: 'the time of a declaration is that of the clock',
    rule: 'SITE-13',
    core: {
      declarationOf: (move, incident, latest, now) => ({
        ...shipped.declarationOf(move, incident, latest, now),
        since: now,
      }),
    },
  },
  {
    what: 'a relay declares by itself with less than three monitors, or though managers must',
    rule: 'SITE-7',
    core: {
      ...seenAs(({ deployment }) => ({
        deployment: {
          ...deployment,
          monitors: [...deployment.monitors, ...deployment.monitors, ...deployment.monitors],
        },
      })),
      proposing: () => 'declare',
    },
  },
  {
    what: 'the incident is made of the clock',
    rule: 'SITE-6',
    core: {
      // Every declaration has another key, as if it were made of the moment.
      incidentId: (sha256, replaced, from, to) => shipped.incidentId(sha256, `${replaced}${moment++}`, from, to),
    },
  },
  {
    what: 'the incident is not made of what is replaced',
    rule: 'SITE-6',
    core: { incidentId: (sha256, _replaced, from) => shipped.incidentId(sha256, '', from, '') },
  },
  {
    what: 'of declarations the site decides alone',
    rule: 'SITE-8',
    core: { latestActiveSite: bySite },
  },
  {
    what: 'what a site that is behind declares takes the place of what is known',
    rule: 'SITE-8',
    core: { replacesState: () => true },
  },
  {
    what: 'a proposal is not withdrawn',
    rule: 'SWITCH-5',
    core: { settling: (open, fate, ...rest) => (fate === 'declared' ? shipped.settling(open, fate, ...rest) : null) },
  },
  {
    what: 'what a relay has proposed stands, whatever the room says',
    rule: 'SWITCH-5',
    core: { standing: (inRoom, written) => written?.proposal ?? inRoom?.proposal ?? null },
  },
  {
    what: 'what managers have declined is proposed all the same',
    rule: 'SWITCH-17',
    core: {
      ...seenAs(({ latest }) => ({ latest: latest && undeclined(latest) })),
      replacedBy: ({ latest, ...sight }, move, rooms) =>
        shipped.replacedBy({ ...sight, latest: latest && undeclined(latest) }, move, rooms.map(undeclined)),
    },
  },
  {
    what: 'what managers have declined is never proposed again',
    rule: 'SWITCH-5',
    core: seenAs(({ latest }) => ({ latest: latest && { ...latest, at: Infinity } })),
  },
  {
    what: 'nothing is proposed',
    rule: 'SWITCH-5',
    core: { proposing: () => 'wait' },
  },
  {
    what: 'nobody declares when managers have not answered',
    rule: 'SWITCH-5',
    core: {
      proposing: (...about) => (shipped.proposing(...about) === 'declare' ? 'wait' : shipped.proposing(...about)),
    },
  },
  {
    what: 'what was declared is not completed',
    rule: 'SITE-14',
    core: { mayComplete: () => false },
  },
  {
    what: 'what is completed undoes what was declared later',
    rule: 'SITE-14',
    core: { byMoment: (one, other) => (shipped.byMoment(one, other) === 0 ? 0 : -1) },
  },
  {
    what: 'nobody is told of a switch',
    rule: 'SITE-14',
    core: { moveOf: () => null },
  },
  {
    what: 'a phone prefers the first that answers to the declared one',
    rule: 'SITE-8',
    core: { chooseSite: (input) => shipped.chooseSite({ ...input, declared: null, current: null }) },
  },
  {
    what: 'a phone stays at a closed site that answers',
    rule: 'SITE-8',
    core: { chooseSite: (input) => shipped.chooseSite({ ...input, closed: [] }) },
  },
  {
    what: 'a phone that is shut out asks nobody',
    rule: 'SITE-8',
    core: { isShutOut: () => false },
  },
  {
    what: 'a phone leaves a site that answers when the declared one does not',
    rule: 'SITE-8',
    core: { chooseSite: (input) => shipped.chooseSite({ ...input, current: null }) },
  },
  {
    what: 'a phone switches when nothing answers',
    rule: 'SITE-9',
    core: {
      chooseSite: (input) =>
        Object.values(input.answers).includes(true)
          ? shipped.chooseSite(input)
          : (input.sites.find((site) => site !== input.current) ?? input.current),
    },
  },
]

let moment = 0
