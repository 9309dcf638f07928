import { watch } from 'vue'
import { createI18n } from 'vue-i18n'
import { preferences } from '@look/preferences'
import en from './en'
import zh from './zh'

export const i18n = createI18n({ legacy: false, locale: preferences.locale, fallbackLocale: 'zh', messages: { zh, en } })
watch(() => preferences.locale, (locale) => { i18n.global.locale.value = locale as 'zh' | 'en' })
