// The story of the product on both pages, in a real browser against the real programs: a visit written without a network
// reaches the district, and the answer of the district reaches the tablet.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { kConsoleSize, kTabletSizes, lookAtTabletScreen, nothingWiderThanTheWindow, openBrowser, openPage, picture, targetsAreLarge,
  textIsInert } from './browser.mjs'
import { kPin, kReviewer, Story } from './programs.mjs'

const kHostileText = '"><img src=x onerror="window.hostile=1"><b>两天没吃饭</b>'
const kQuickPassTapsMax = 3
const kDutyPhonePixelsMin = 42
const zh = { self: '本人', fine: '其余一切正常', save: '保存走访', noFood: '今天断粮', food: '家里的粮食和菜够吃吗？' }

let failed = 0
async function step(name, act) {
  const began = performance.now()
  try {
    await act()
    console.log(`ok      ${name} (${Math.round(performance.now() - began)} ms)`)
  } catch (error) {
    failed += 1
    console.log(`FAILED  ${name}\n${error.stack}`)
  }
}
// A failure of these makes everything after it meaningless.
async function must(name, act) {
  const before = failed
  await step(name, act)
  if (failed > before) throw new Error(`stopped at: ${name}`)
}

const optionByText = (page, text) => page.locator('button', { hasText: text }).first()

async function enterPin(page, digits) {
  for (const digit of digits) await page.locator('.pin').getByRole('button', { name: digit, exact: true }).click()
  await page.locator('.pin').getByRole('button', { name: '打开' }).click()
}

async function openVisit(page, row) {
  await page.goto(`${new URL(page.url()).origin}/#/tasks`)
  await page.locator('.lst li').nth(row).getByRole('link', { name: '走访' }).click()
  await page.locator('.who').waitFor()
}

async function tabletStory(browser, story, address) {
  // A wrong PIN is answered with 403, which the browser reports by itself.
  const tablet = await openPage(browser, kTabletSizes[0], (message) => message.text().includes('status of 403') && message.location().url.endsWith('/api/unlock'))
  await must('the launch address opens the locked tablet and leaves no code in the address', async () => {
    await tablet.goto(address)
    await tablet.locator('.pin').waitFor()
    assert.ok(!tablet.url().includes('code='))
  })
  await step('the unlock screen is large enough in every size', () => lookAtTabletScreen(tablet, 'unlock'))
  await must('a wrong PIN says how many tries are left, the right one opens Today', async () => {
    await enterPin(tablet, '999999')
    assert.match(await tablet.getByRole('alert').innerText(), /还可以试 \d+ 次/)
    await enterPin(tablet, kPin)
    await tablet.locator('.td .next').waitFor()
  })
  await step('Today names how many households are left and the next door', async () => {
    assert.match(await tablet.locator('.hd h1').innerText(), /今天还要去\s*\d+\s*户/)
    assert.ok((await tablet.locator('.next .d').innerText()).trim().length > 0)
    await lookAtTabletScreen(tablet, 'today')
  })
  await step('the page looks the same after a reload', async () => {
    await tablet.reload()
    await tablet.locator('.td .next').waitFor()
  })
  await must('an unchanged visit takes three taps', async () => {
    await openVisit(tablet, 0)
    let taps = 0
    for (const words of [zh.self, zh.fine, zh.save]) {
      await optionByText(tablet, words).click()
      taps += 1
    }
    await tablet.getByText('走访已存在本机').waitFor()
    assert.ok(taps <= kQuickPassTapsMax)
  })
  await step('every main screen keeps its size', async () => {
    for (const [name, path] of [['tasks', 'tasks'], ['search', 'search'], ['problems', 'problems'], ['outbox', 'outbox'], ['more', 'more'], ['emergency', 'emergency']]) {
      await tablet.goto(`${new URL(address).origin}/#/${path}`)
      await tablet.locator('main').waitFor()
      await lookAtTabletScreen(tablet, name, name === 'more' ? 48 : 60)
    }
  })
  await step('sunlight and extra large text fit', async () => {
    await tablet.goto(`${new URL(address).origin}/#/more`)
    await tablet.getByRole('button', { name: '特大' }).click()
    await tablet.goto(`${new URL(address).origin}/#/`)
    await tablet.locator('.td .next').waitFor()
    await lookAtTabletScreen(tablet, 'today-xl')
    await tablet.goto(`${new URL(address).origin}/#/more`)
    await tablet.getByRole('button', { name: '标准' }).click()
    await tablet.getByRole('button', { name: '开', exact: true }).click()
    await tablet.goto(`${new URL(address).origin}/#/`)
    await tablet.locator('.td .next').waitFor()
    await picture(tablet, 'today-sun')
    await tablet.goto(`${new URL(address).origin}/#/more`)
    await tablet.getByRole('button', { name: '关', exact: true }).click()
  })
  await step('English is one tap away and comes back', async () => {
    await tablet.goto(`${new URL(address).origin}/#/more`)
    await tablet.getByRole('button', { name: 'English' }).click()
    try {
      await tablet.goto(`${new URL(address).origin}/#/`)
      await tablet.locator('.td .next').waitFor()
      assert.match(await tablet.locator('.rail').innerText(), /Today[\s\S]*Search[\s\S]*Problems/)
      assert.match(await tablet.locator('.sosb').innerText(), /Emergency/)
      await lookAtTabletScreen(tablet, 'today-en')
    } finally {
      await tablet.goto(`${new URL(address).origin}/#/more`)
      await tablet.getByRole('button', { name: '中文' }).click()
    }
    assert.match(await tablet.locator('.rail').innerText(), /今天/)
  })

  await must('with the district gone a visit with no food is saved and becomes a grade 1 lead', async () => {
    await story.stopServer()
    await openVisit(tablet, 0)
    await optionByText(tablet, zh.self).click()
    await optionByText(tablet, zh.noFood).click()
    await tablet.locator('.prop').filter({ hasText: '一级' }).waitFor()
    await tablet.locator('textarea').fill(kHostileText)
    await optionByText(tablet, zh.fine).click()
    await lookAtTabletScreen(tablet, 'visit')
    await optionByText(tablet, zh.save).click()
    await tablet.locator('.callp').waitFor()
    await tablet.getByText('急难·断粮').first().waitFor()
  })
  await step('the emergency screen says: no network, call now; with clock and duty phone in large type', async () => {
    await tablet.locator('.callp').filter({ hasText: '没有网络' }).waitFor()
    assert.match((await tablet.locator('.callp').innerText()).replaceAll(/\s/g, ''), /没有网络：请立即打电话/)
    assert.match((await tablet.getByRole('timer').innerText()).replaceAll(/\s/g, ''), /^还剩23小时\d\d分$/)
    const phone = tablet.locator('.callp .no')
    assert.match(await phone.innerText(), /\d{7,}|\d+-\d+/)
    assert.ok(await phone.evaluate((element) => parseFloat(getComputedStyle(element).fontSize)) >= kDutyPhonePixelsMin)
    await lookAtTabletScreen(tablet, 'emergency-offline')
  })
  await step('the call is written down', async () => {
    await tablet.getByRole('button', { name: '打通了' }).click()
    await tablet.locator('.callp .log').filter({ hasText: /\d\d:\d\d 打通了/ }).waitFor()
  })
  await step('the chip counts what is not sent and never says that all has arrived', async () => {
    const chip = tablet.locator('.chip')
    await chip.filter({ hasText: /\d+ 条未传/ }).waitFor()
    assert.ok(!(await chip.innerText()).includes('都已传到'))
    await tablet.goto(`${new URL(address).origin}/#/outbox`)
    await tablet.locator('.lst li').first().waitFor()
    await lookAtTabletScreen(tablet, 'outbox-offline')
  })
  await step('what was written stays text', () => textIsInert(tablet, 'tablet'))
  return tablet
}

async function signIn(page, story) {
  await page.goto(story.url)
  await page.locator('input[type=password]').waitFor()
  await page.locator('input:not([type=password])').first().fill(kReviewer.login)
  await page.locator('input[type=password]').fill(kReviewer.password)
  await picture(page, 'console-sign-in')
  await page.getByRole('button', { name: /登录/ }).click()
}

async function acceptFirst(page) {
  await page.getByRole('button', { name: '受理', exact: true }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  await picture(page, 'console-accept')
  assert.equal(await dialog.getByRole('radio', { checked: true }).count(), 0, 'no grade is chosen in advance')
  await dialog.locator('label').filter({ hasText: '一级' }).click()
  await dialog.getByRole('button', { name: /受理/ }).click()
  await dialog.waitFor({ state: 'hidden' })
}

async function consoleStory(browser, story, tablet, address) {
  // Before signing in, the page asks who it is and is told 401.
  const desk = await openPage(browser, kConsoleSize, (message) => message.text().includes('status of 401') && message.location().url.endsWith('/v1/session'))
  await must('the district signs in and sees the emergency of the tablet', async () => {
    await story.startServer()
    await signIn(desk, story)
    await desk.getByText('断粮').first().waitFor({ timeout: 60_000 })
    await desk.locator('.hero, .dt').first().waitFor()
    await picture(desk, 'console-duty')
    await nothingWiderThanTheWindow(desk, 'duty board')
  })
  await must('accepting asks for the grade and gives a number', async () => {
    await acceptFirst(desk)
    await desk.getByText(/120110-\d{4}-0*1\b|\d{4}-0*1\b/).first().waitFor()
    await picture(desk, 'console-duty-accepted')
  })
  await step('the tablet learns that the district accepted it, with the number', async () => {
    await tablet.goto(`${new URL(address).origin}/#/problems`)
    await tablet.getByText(/区里已受理/).first().waitFor({ timeout: 60_000 })
    await tablet.getByText(/120110-\d{4}-000001/).first().waitFor()
    await lookAtTabletScreen(tablet, 'problems-accepted')
  })
  await step('a new emergency appears on the duty board by itself', async () => {
    const link = await desk.evaluateHandle(() => { window.sameDocument = true; return null })
    await link.dispose()
    await tablet.goto(`${new URL(address).origin}/#/emergency`)
    await tablet.getByRole('button', { name: '不在名单里' }).click()
    await tablet.getByLabel('在哪里').fill('柳溪里 2号楼门口')
    await tablet.locator('.five').getByRole('radio').filter({ hasText: '急病' }).click()
    await tablet.locator('.five textarea').fill('老人摔倒起不来，手里没有钱')
    await tablet.getByRole('button', { name: '保存并上报' }).click()
    await desk.locator('.dt, .hero, .ack').getByText('急病').first().waitFor()
    assert.ok(await desk.evaluate(() => window.sameDocument), 'the page was not loaded again')
    // Receipt is written to the second; the sight of it is taken from the same machine's clock.
    const board = await desk.evaluate(() => fetch('/v1/duty').then((answer) => answer.json()))
    const item = board.items.find((entry) => entry.category.includes('急病'))
    console.log(`        received ${item.received_at}, seen ${new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 19)}+08:00`)
    await picture(desk, 'console-duty-new')
  })
  await step('ledger, entry, coverage and devices open and fit', async () => {
    for (const [name, path] of [['ledger', 'ledger'], ['coverage', 'coverage'], ['devices', 'devices']]) {
      await desk.goto(`${story.url}/#/${path}`)
      await desk.locator('main table, main .pn').first().waitFor()
      await desk.waitForLoadState('networkidle').catch(() => undefined)
      await picture(desk, `console-${name}`)
      await nothingWiderThanTheWindow(desk, name)
      await targetsAreLarge(desk, 22, name)
    }
    await desk.goto(`${story.url}/#/ledger`)
    await desk.locator('tbody tr').first().waitFor()
    await desk.keyboard.press('ArrowDown')
    await desk.keyboard.press('Enter')
    await desk.waitForURL(/#\/(ledger|lead)\/./)
    await desk.getByText('两天没吃饭').first().waitFor()
    await picture(desk, 'console-entry')
    await nothingWiderThanTheWindow(desk, 'entry')
  })
  await step('what the tablet wrote stays text', () => textIsInert(desk, 'console'))
  return desk
}

async function noOutsideAddress() {
  const folder = new URL(`file://${process.env.DOUDI_BIN}/../share/doudi/web/`)
  const { readdirSync } = await import('node:fs')
  for (const name of ['tablet', 'console']) {
    for (const file of readdirSync(new URL(`${name}/assets/`, folder)).filter((entry) => entry.endsWith('.css'))) {
      const found = readFileSync(new URL(`${name}/assets/${file}`, folder), 'utf8').match(/url\(["']?(https?:)?\/\/[^)]*\)/g)
      assert.equal(found, null, `${name}/${file} names an outside address`)
    }
    const page = readFileSync(new URL(`${name}/index.html`, folder), 'utf8')
    assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/, `${name}/index.html has inline code`)
  }
}

const story = new Story()
const browser = await openBrowser()
try {
  await step('the built pages have no inline code and no outside address', noOutsideAddress)
  await must('the district and its tablet start', async () => {
    await story.prepare()
    await story.startServer()
    story.address = await story.startTablet()
  })
  const tablet = await tabletStory(browser, story, story.address)
  const desk = await consoleStory(browser, story, tablet, story.address)
  await step('neither page reported an error', () => { assert.deepEqual([...tablet.errors, ...desk.errors], []) })
} catch (error) {
  failed += 1
  console.log(String(error))
} finally {
  await browser.close()
  await story.end()
}
process.exitCode = failed > 0 ? 1 : 0
