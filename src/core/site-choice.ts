/** Which site a phone uses. Going to a site that answers is harmless: the rooms are the same. Rules SITE-8 to SITE-10, SITE-26. */
import type { SiteId } from './ids.ts'
import type { RelayStatus } from './relay.ts'

/** Whether a site answered when it was last asked; null: not asked yet. */
export type Answers = Readonly<Record<SiteId, boolean | null>>

export interface ChoiceInput {
  /** All sites with a session, in the deployment file's order. */
  sites: readonly SiteId[]
  /** The declared active site, where a declaration is known. */
  declared: SiteId | null
  /** Sites that are declared closed. */
  closed: readonly SiteId[]
  answers: Answers
  current: SiteId | null
}

/**
 * The site to use: the declared one if it answers; else the one in use if it still answers; else the first of the
 * file's order that answers and is not closed. When nothing answers, the one in use stays: offline is never a switch.
 */
export function chooseSite({ sites, declared, closed, answers, current }: ChoiceInput): SiteId | null {
  const open = (site: SiteId) => sites.includes(site) && !closed.includes(site)
  const here = (site: SiteId) => open(site) && answers[site] === true
  if (declared !== null && here(declared)) return declared
  if (current !== null && here(current)) return current
  const known = (site: SiteId | null) => (site !== null && sites.includes(site) ? site : null)
  return sites.find(here) ?? known(current) ?? known(declared) ?? sites[0] ?? null
}

/** Whether the only sites that answer are closed, as far as the device knows. */
export function isShutOut({ sites, closed, answers }: ChoiceInput): boolean {
  const answering = sites.filter((site) => answers[site] === true)
  return answering.length > 0 && answering.every((site) => closed.includes(site))
}

/**
 * The choice of a device that is shut out, by what relays go by: one of the sites may have been opened by a later
 * declaration, which stands where the device does not look. `since` is of the declaration that it knows, ms.
 */
export function heeding(
  input: ChoiceInput,
  since: number,
  relays: readonly (Pick<RelayStatus, 'active_site' | 'active_since'> | null)[],
): ChoiceInput {
  const later = relays.filter((relay) => (relay?.active_since ?? 0) > since)
  const latest = later.toSorted((a, b) => a!.active_since! - b!.active_since!).at(-1)
  const open = latest?.active_site ?? null
  return open === null ? input : { ...input, declared: open, closed: input.closed.filter((site) => site !== open) }
}
