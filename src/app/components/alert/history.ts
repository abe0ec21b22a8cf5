/** The course of an alert, newest first: each revision with what it says that the one before did not. */
import type { AlertContent } from '../../../core/alert.ts'
import { newSentences } from '../../../core/sentences.ts'
import type { AlertView } from '../../views.ts'

export interface HistoryEntry {
  /** Revision; the first is 0. */
  number: number
  at: number
  type: AlertContent['msg_type']
  sender: string
  lang: string
  news: string[]
}

export const historyOf = ({ updates }: AlertView): HistoryEntry[] =>
  updates
    .map(({ at, sender, text, content }, i) => {
      const before = updates[i - 1]
      const news = before ? newSentences(before.text, text) : []
      return { number: content.rev, at, type: content.msg_type, sender, lang: text.lang, news }
    })
    .toReversed()

/** What the latest update has brought, for the row on top of an open alert. */
export function latestNews(alert: AlertView): HistoryEntry | null {
  const latest = historyOf(alert)[0]
  return alert.phase === 'open' && latest?.type === 'Update' && latest.news.length > 0 ? latest : null
}
