/** What only members of the `lage` rooms may ask: `GET /v1/reach/<alert>`, `GET /v1/fleet`. And `POST /v1/shown`, from everybody. */
import { Hono, type Context } from 'hono'
import type { Alert } from '../../core/alert.ts'
import { sentKey } from '../../core/duty.ts'
import { fleetOf, type Fleet } from '../../core/fleet.ts'
import type { PersonId } from '../../core/ids.ts'
import { further, shownRequest, type ReachReport, type Stage } from '../../core/reach.ts'
import type { Knowledge } from '../bot/memory.ts'
import type { DeviceRegister } from '../devices/register.ts'
import type { ReachLog } from '../push/reach-log.ts'
import type { SentLog } from '../push/sent-log.ts'
import { bodyOf, callerOf, limited } from './body.ts'
import { Refusal } from './errors.ts'

export interface LeadPorts {
  /** `alerts`: whatever rings. */
  knowledge: Pick<Knowledge, 'rooms' | 'people' | 'audience' | 'alerts'>
  register: Pick<DeviceRegister, 'ofPeople'>
  sent: Pick<SentLog, 'has'>
  reach: Pick<ReachLog, 'note' | 'of'>
  sessionKey: Buffer
  now: () => number
}

const unknown = () => new Refusal(404, 'M_NOT_FOUND', 'no such alert is known here')

export function leadRoutes({ knowledge, register, sent, reach, sessionKey, now }: LeadPorts): Hono {
  const caller = (c: Context) => callerOf(c, sessionKey, now())
  const alertOf = (id: string): Alert => {
    const alert = knowledge.alerts().find((one) => one.id === id)
    if (!alert) throw unknown()
    return alert
  }
  /** Names of those who were not reached are for the crisis team, as those of the tally are (ANSWER-10). */
  function lageOnly(c: Context): void {
    const { person } = caller(c)
    const lage = knowledge.rooms().filter(({ kind }) => kind === 'lage')
    if (!lage.some(({ id }) => knowledge.people(id).has(person)))
      throw new Refusal(403, 'M_FORBIDDEN', 'only members of the Lage room are told')
  }

  async function report(alert: Alert): Promise<ReachReport> {
    const { content } = alert.current
    const audience = knowledge.audience(alert)
    const stages = new Map<PersonId, Stage>()
    const note = (person: PersonId, stage: Stage) => stages.set(person, further(stages.get(person), stage))
    const noted = reach.of(sentKey(content))
    for (const { person, stage } of noted.values()) if (audience.has(person)) note(person, stage)
    const begun = sent.has(sentKey(content)) ? 'ringing' : 'registered'
    for (const { id, person } of await register.ofPeople(audience)) if (!noted.has(id)) note(person, begun)
    return { v: 1, rev: content.rev, people: Object.fromEntries(stages) }
  }

  return new Hono()
    .get('/v1/reach/:alert', async (c) => {
      lageOnly(c)
      return c.json(await report(alertOf(c.req.param('alert'))))
    })
    .get('/v1/fleet', async (c) => {
      lageOnly(c)
      const people = new Set(knowledge.rooms().flatMap(({ id }) => [...knowledge.people(id)]))
      return c.json(fleetOf(people, await register.ofPeople(people), now()) satisfies Fleet)
    })
    .post('/v1/shown', limited(1024), async (c) => {
      const { person, device } = caller(c)
      const { alert: id, rev } = await bodyOf(c, shownRequest)
      const alert = alertOf(id)
      if (!knowledge.audience(alert).has(person) || rev > alert.current.content.rev) throw unknown()
      reach.note(sentKey({ ...alert.current.content, rev }), { id: device, person }, 'shown', now())
      return c.json({})
    })
}
