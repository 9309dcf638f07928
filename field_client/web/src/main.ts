// The tablet page: talks only to its own program on this device, never to the network.
import '@look/tokens.css'
import 'vant/lib/index.css'
import './tablet.css'
import { createApp } from 'vue'
import App from './App.vue'
import { claimLaunchCode } from './api'
import { i18n } from './i18n'
import { router } from './router'

await claimLaunchCode()
createApp(App).use(router).use(i18n).mount('#app')
