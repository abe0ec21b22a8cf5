/** The move of the workplace that a failover alert tells of, with the names of the sites. */
import type { AlertContent } from '../../../core/alert.ts'
import { siteById, type Deployment } from '../../../core/deployment.ts'

export interface Move {
  from: string
  to: string
  /** Address of the workplace there, where the deployment names one. */
  workplace: string | null
  /** Back to the usual site. */
  home: boolean
}

export function moveOf({ kind, site }: AlertContent, deployment: Deployment): Move | null {
  if (!site) return null
  const to = siteById(deployment, site.to)
  return {
    from: siteById(deployment, site.from)?.name ?? site.from,
    to: to?.name ?? site.to,
    workplace: to?.workplace ?? null,
    home: kind === 'switch_back',
  }
}
