/** The words of the app: German is the source, English complete. One file an area: `locales/<language>/<area>.json`, under its own key. */
import { createI18n, type LocaleMessageValue } from 'vue-i18n'
import type { Language } from '../core/alert.ts'

type Area = Record<string, LocaleMessageValue>
const files = import.meta.glob<Area>('./locales/*/*.json', { eager: true, import: 'default' })

const messagesOf = (language: Language): Area =>
  Object.fromEntries(
    Object.entries(files).flatMap(([path, words]) => (path.includes(`/${language}/`) ? Object.entries(words) : [])),
  )

export const createWords = (language: Language) =>
  createI18n({
    legacy: false,
    locale: language,
    fallbackLocale: 'de',
    messages: { de: messagesOf('de'), en: messagesOf('en') },
  })

/** The language of the device, where the app has it. */
export const deviceLanguage = (languages: readonly string[]): Language =>
  languages.find((l) => l.startsWith('de') || l.startsWith('en'))?.startsWith('en') ? 'en' : 'de'
