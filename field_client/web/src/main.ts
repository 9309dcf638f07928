// The tablet page: talks only to its own program on this device, never to the network.
import '@look/tokens.css'
// Only the parts in use: the whole style sheet brings an icon font from outside.
import 'vant/es/style/base.css'
import 'vant/es/loading/index.css'
import 'vant/es/button/index.css'
import 'vant/es/overlay/index.css'
import 'vant/es/popup/index.css'
import 'vant/es/dialog/index.css'
import './tablet.css'
import { createApp } from 'vue'
import App from './App.vue'
import { claimLaunchCode } from './api'
import { i18n } from './i18n'
import { router } from './router'

await claimLaunchCode()
createApp(App).use(router).use(i18n).mount('#app')
