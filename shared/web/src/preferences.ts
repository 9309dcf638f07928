// Language, text size and sunlight mode, kept on the device; nothing personal is.
import { reactive, watchEffect } from 'vue'

export const preferences = reactive({
  locale: localStorage.getItem('doudi.locale') === 'en' ? 'en' : 'zh',
  size: localStorage.getItem('doudi.size') ?? '',
  mode: localStorage.getItem('doudi.mode') ?? '',
})

watchEffect(() => {
  const root = document.documentElement
  root.lang = preferences.locale === 'en' ? 'en' : 'zh-CN'
  root.dataset.size = preferences.size
  root.dataset.mode = preferences.mode
  for (const key of ['locale', 'size', 'mode'] as const) localStorage.setItem(`doudi.${key}`, preferences[key])
})
