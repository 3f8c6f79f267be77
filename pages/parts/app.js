// The one component of every page: draws the HTML that Python wrote, keeps focus and scroll,
// and turns touches on links and squares into addresses. It holds no words of content.
const MAIN = '[data-testid="stMain"]';

// Streamlit's own button to the pages has only an icon on a phone; it gets its visible words as its name.
const nameButton = () => document.querySelector('[data-testid="stExpandSidebarButton"]')?.setAttribute('aria-label', 'All pages');
new MutationObserver(nameButton).observe(document.body, { childList: true, subtree: true });
nameButton();

// A print-out says where it came from.
addEventListener('beforeprint', () => document.querySelectorAll('.sl .printed').forEach((line) => { line.textContent = `Sightline ${location.href}`; }));

// The phone's menu closes after a choice, on Escape, and on a touch beside it.
const menu = () => document.querySelector('[data-testid="stSidebar"][data-collapsed="false"]');
const closeMenu = () => menu()?.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') closeMenu(); });
document.addEventListener('click', (event) => {
  const open = menu();
  if (open && event.clientX > open.getBoundingClientRect().right) { event.preventDefault(); event.stopPropagation(); closeMenu(); }
}, true);

export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(':scope > .sl-root');
  if (!root) {
    root = document.createElement('div');
    root.className = 'sl-root';
    parentElement.append(root);
    listen(root);
  }
  root.tell = setTriggerValue;
  const held = document.activeElement?.id || document.activeElement?.matches('[data-go]') ? document.activeElement : null;
  const before = held?.getBoundingClientRect().top;
  if (root.drawn === undefined) root.innerHTML = data.html;
  else if (root.drawn !== data.html) {
    Idiomorph.morph(root, data.html, {
      morphStyle: 'innerHTML',
      ignoreActiveValue: Boolean(held?.matches('[data-slide]')), // a slider under the finger keeps its place
      callbacks: {
        beforeAttributeUpdated: (name, node) => !(name === 'open' && node.tagName === 'DETAILS'),
        beforeNodeMorphed: (node) => !node.id?.endsWith('sources-box'), // an open box keeps its sources
      },
    });
  }
  root.drawn = data.html;
  root.removeAttribute('aria-busy');
  if (held?.isConnected && root.contains(held) && window.sightlinePage === data.page && !root.opened) {
    document.querySelector(MAIN)?.scrollBy(0, held.getBoundingClientRect().top - before); // what was touched stays under the finger
  }
  if (held && !held.isConnected && held.dataset.keep) root.querySelector(`#${held.dataset.keep}`)?.focus(); // its card has it then
  if (data.part) return; // the lower half of a page: the upper one looks after focus and address
  settleFocus(root, data);
  keepWords(data.link);
  dropFacts(data.facts);
}

// The reading level travels with the reader; the address says so, so that a reload keeps it.
function keepWords(link) {
  const words = new URL(link, location.origin).searchParams.get('words');
  if (!words || location.search.includes('words=')) return;
  history.replaceState(history.state, '', `${location.pathname}${location.search}${location.search ? '&' : '?'}words=${words}`);
}

// Facts that came with a link stay in the address only as long as they are the session's own.
function dropFacts(facts) {
  const here = new URL(location.href);
  if (!here.searchParams.has('facts') || here.searchParams.get('facts') === facts) return;
  here.searchParams.delete('facts');
  history.replaceState(history.state, '', here.pathname + here.search + here.hash);
}

function setBusy(root) {
  root.setAttribute('aria-busy', 'true');
  setTimeout(() => root.removeAttribute('aria-busy'), 5000); // a view that stays the same is not drawn again
}

// A print-out that is asked for right after a touch waits for it.
function whenDrawn(root, then) {
  const watch = new MutationObserver(() => {
    if (root.hasAttribute('aria-busy')) return;
    watch.disconnect();
    then();
  });
  watch.observe(root, { attributes: true, attributeFilter: ['aria-busy'] });
}

// What must not stand in an address goes to Python as a trigger: a fact about a person, a ticked question.
function touch(root, name, value) {
  setBusy(root);
  root.tell(name, value);
}

// Every touch is a new address. Streamlit follows the browser's history, so this is a link
// that keeps the session: one history entry, and Back restores what was there.
function go(root, href) {
  if (href === location.pathname + location.search) return;
  setBusy(root);
  history.pushState(null, '', href);
  dispatchEvent(new PopStateEvent('popstate'));
}

// A slider shows its number at once and asks for the page as fast as the page comes; one move is one history entry.
function slide(root, slider) {
  const output = root.querySelector(`output[for="${slider.id}"]`);
  if (output) (output.firstElementChild ?? output).textContent = slider.value;
  if (root.sliding) return;
  const moved = window.sightlineSlider === slider.id && window.sightlineAt === location.href; // it was moved just before
  let last; // the value asked for; the order of an address may change, so addresses are not compared
  const ask = () => {
    root.sliding = last !== slider.value;
    if (!root.sliding) return;
    setBusy(root);
    history[last === undefined && !moved ? 'pushState' : 'replaceState'](null, '', slider.dataset.slide.replace('SLIDE', slider.value));
    last = slider.value;
    window.sightlineSlider = slider.id;
    window.sightlineAt = location.href;
    whenDrawn(root, ask); // where it has moved on meanwhile, once more
    dispatchEvent(new PopStateEvent('popstate'));
  };
  ask();
}

// After a page change the new heading has the focus; after a touch on a square, its explanation.
function settleFocus(root, data) {
  const last = window.sightlinePage;
  window.sightlinePage = data.page;
  if (last !== undefined && last !== data.page) {
    const heading = root.querySelector('h1');
    if (heading) { heading.tabIndex = -1; heading.focus({ preventScroll: true }); }
    document.querySelector(MAIN)?.scrollTo(0, 0);
    closeMenu();
    showPicked(root);
    jump(root, window.sightlineHash);
  } else if (root.opened) {
    const heading = visible(root, '.why .asks');
    heading?.focus({ preventScroll: true });
    if (heading?.closest('.side')) heading.closest('.why').scrollIntoView({ block: 'nearest' });
    else showPicked(root);
  } else if (root.jumpTo || window.sightlineHash) {
    jump(root, root.jumpTo || window.sightlineHash);
  } else if (root.returnTo) {
    visible(root, `[data-cell="${root.returnTo}"]`)?.focus();
  } else if (!root.jumped) {
    showPicked(root);
    jump(root, location.hash);
  }
  root.jumped = true;
  root.opened = root.returnTo = root.jumpTo = window.sightlineHash = undefined;
}

// A link to a square shows its row: on a phone at the top with the reason under it, else where it lies if it can be seen.
function showPicked(root) {
  const picked = visible(root, '[data-cell][aria-pressed="true"]');
  picked?.scrollIntoView({ block: picked.closest('.cards') || root.querySelector('.under') ? 'start' : 'nearest' });
}

function listen(root) {
  root.addEventListener('click', (event) => click(root, event));
  root.addEventListener('keydown', (event) => keydown(root, event));
  root.addEventListener('change', (event) => {
    if (event.target.matches('[data-go-select]')) go(root, event.target.value);
    if (event.target.matches('[data-ask]')) touch(root, 'ask', event.target.dataset.ask);
  });
  root.addEventListener('input', (event) => {
    if (event.target.matches('[data-slide]')) slide(root, event.target);
    if (event.target.matches('[data-var]')) event.target.closest('[data-stage]').style.setProperty(event.target.dataset.var, `${event.target.value}%`);
  });
  root.addEventListener('submit', (event) => {
    const form = event.target;
    event.preventDefault();
    const query = new URLSearchParams(new FormData(form));
    const [path, hash] = form.getAttribute('action').split('#');
    root.jumpTo = hash && `#${hash}`;
    go(root, `${path}?${query}`);
  });
  root.addEventListener('beforetoggle', (event) => fill(root, event), true);
  root.addEventListener('toggle', place, true);
  root.addEventListener('focusin', (event) => { // a box closes when the focus moves on
    const box = root.querySelector('[popover]:popover-open');
    if (box && !box.contains(event.target) && event.target !== root.pressed) box.hidePopover();
  });
}

function click(root, event) {
  const plainClick = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  const button = event.target.closest('[data-go]');
  const fact = event.target.closest('[data-fact]');
  const paper = event.target.closest('a[href^="/print"]');
  const link = event.target.closest('a[href^="/"]:not([href^="/print"]), a[href^="#"]');
  if (event.target.closest('[popovertarget]')) root.pressed = event.target.closest('[popovertarget]');
  else if (paper && root.hasAttribute('aria-busy')) {
    event.preventDefault();
    whenDrawn(root, () => paper.click());
  } else if (fact) touch(root, 'fact', fact.dataset.fact);
  else if (event.target.closest('[data-copy], [data-copy-text]')) copy(event.target.closest('[data-copy], [data-copy-text]'));
  else if (event.target.closest('[data-print]')) window.print();
  else if (event.target.closest('[data-flick]')) flick(event.target.closest('[data-flick]'));
  else if (button) {
    if (button.dataset.cell) root.opened = true;
    if ('close' in button.dataset) root.returnTo = pickedCell(root);
    const [path, hash] = button.dataset.go.split('#');
    root.jumpTo = hash && `#${hash}`;
    go(root, path);
  } else if (link && plainClick && !link.hasAttribute('download') && !link.target) {
    event.preventDefault();
    const [path, hash] = link.getAttribute('href').split('#');
    link.closest('[popover]')?.hidePopover();
    const here = location.pathname + location.search;
    if (!path || path === here) jump(root, hash && `#${hash}`);
    else {
      window.sightlineHash = hash && `#${hash}`;
      go(root, path);
    }
  }
}

function keydown(root, event) {
  const cell = event.target.closest('.matrix td [data-cell]');
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -99], End: [0, 99] };
  if (cell && steps[event.key]) {
    event.preventDefault();
    move(root, cell, ...steps[event.key]);
  } else if (event.key === 'Escape' && root.querySelector('details.share[open]')) {
    root.querySelector('details.share[open]').open = false;
  } else if (event.key === 'Escape' && !root.querySelector('[popover]:popover-open')) {
    const close = visible(root, '[data-close]');
    if (close && event.target.closest('.matrix, .side')) close.click();
  }
}

function move(root, cell, down, right) {
  const rows = [...root.querySelectorAll('.matrix tr')].map((row) => [...row.querySelectorAll('td > [data-cell]')]).filter((row) => row.length);
  const y = rows.findIndex((row) => row.includes(cell));
  const x = rows[y].indexOf(cell);
  const clamp = (value, length) => Math.max(0, Math.min(length - 1, value));
  const next = rows[clamp(y + down, rows.length)][clamp(x + right, rows[y].length)];
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

const pickedCell = (root) => root.querySelector('[data-cell][aria-pressed="true"]')?.dataset.cell;
const visible = (root, selector) => [...root.querySelectorAll(selector)].find((node) => node.checkVisibility());

function jump(root, hash) {
  const target = hash && root.querySelector(`#${CSS.escape(hash.slice(1))}`);
  if (!target) return;
  for (let up = target; up; up = up.parentElement) if (up.tagName === 'DETAILS') up.open = true;
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: 'start' });
}

// The box of sources shows those of the mark that was touched.
function fill(root, event) {
  const opener = event.source ?? root.pressed;
  if (event.newState !== 'open' || !event.target.id.endsWith('sources-box') || !opener?.dataset.sources) return;
  const prefix = event.target.id.slice(0, -'sources-box'.length);
  const sources = opener.dataset.sources.split(' ').map((id) => root.querySelector(`#${CSS.escape(`${prefix}src-${id}`)}`));
  event.target.innerHTML = `<p class="kicker">${sources.length === 1 ? 'Source' : `${sources.length} sources`}</p>`;
  for (const source of sources) event.target.append(...source.cloneNode(true).childNodes);
}

// A box opens under what opened it, inside the window.
function place(event) {
  const box = event.target;
  const opener = event.source ?? box.closest('.sl-root')?.pressed;
  if (event.newState !== 'open' || !box.matches?.('[popover]') || !opener) return;
  const at = opener.getBoundingClientRect();
  const room = 12;
  const below = at.bottom + 6 + box.offsetHeight + room < innerHeight;
  box.style.left = `${Math.max(room, Math.min(at.left, innerWidth - box.offsetWidth - room))}px`;
  box.style.top = `${below ? at.bottom + 6 : Math.max(room, at.top - box.offsetHeight - 6)}px`;
}

// Two pictures in turn, until it is touched again.
function flick(button) {
  const on = button.closest('[data-stage]').classList.toggle('flick');
  button.setAttribute('aria-pressed', on);
}

// A link, or with data-copy-text the text itself.
async function copy(button) {
  const text = button.dataset.copyText;
  const wanted = text ? ('bare' in button.dataset ? text : `${text}\n${location.href}`) : new URL(button.dataset.copy, location.origin).href;
  let copied = true;
  try {
    await navigator.clipboard.writeText(wanted);
  } catch {
    const field = document.createElement('textarea');
    field.value = wanted;
    document.body.append(field);
    field.select();
    copied = document.execCommand('copy');
    field.remove();
    button.focus();
  }
  button.parentElement.querySelector('.copied').textContent = copied ? `${text ? 'Text' : 'Link'} copied` : wanted;
}
