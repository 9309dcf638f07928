import { createRouter, createWebHashHistory } from 'vue-router'
import Add from './screens/Add.vue'
import Emergency from './screens/Emergency.vue'
import Household from './screens/Household.vue'
import More from './screens/More.vue'
import Outbox from './screens/Outbox.vue'
import Problems from './screens/Problems.vue'
import Search from './screens/Search.vue'
import Tasks from './screens/Tasks.vue'
import Today from './screens/Today.vue'
import Visit from './screens/Visit.vue'

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', component: Today },
    { path: '/tasks', component: Tasks },
    { path: '/search', component: Search },
    { path: '/problems', component: Problems },
    { path: '/more', component: More },
    { path: '/outbox', component: Outbox },
    { path: '/household/:id', component: Household },
    { path: '/visit/:id', component: Visit },
    { path: '/add/:household?', component: Add },
    { path: '/emergency', component: Emergency },
    { path: '/:rest(.*)', redirect: '/' },
  ],
})
