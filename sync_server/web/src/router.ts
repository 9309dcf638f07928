import { createRouter, createWebHashHistory } from 'vue-router'
import { mayReadCases, session } from './session'
import Case from './screens/Case.vue'
import Compare from './screens/Compare.vue'
import Conflicts from './screens/Conflicts.vue'
import Coverage from './screens/Coverage.vue'
import Devices from './screens/Devices.vue'
import Duty from './screens/Duty.vue'
import Handover from './screens/Handover.vue'
import Ledger from './screens/Ledger.vue'

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', redirect: '/duty' },
    { path: '/duty', component: Duty },
    { path: '/ledger', component: Ledger },
    { path: '/ledger/:id', component: Case, props: (route) => ({ id: String(route.params.id), kind: 'entry' }) },
    { path: '/lead/:id', component: Case, props: (route) => ({ id: String(route.params.id), kind: 'lead' }) },
    { path: '/coverage', component: Coverage },
    { path: '/compare', component: Compare },
    { path: '/conflicts', component: Conflicts },
    { path: '/handover', component: Handover },
    { path: '/devices', component: Devices },
    { path: '/:rest(.*)', redirect: '/' },
  ],
})

// An administrator without a case role has only the devices and the grids.
router.beforeEach((to) => (session.facts && !mayReadCases() && !['/devices', '/handover'].includes(to.path) ? '/devices' : true))
