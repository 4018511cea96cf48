/// Follows the events that a page names, and puts the page's new content in place of the old. Without it, pages are
/// read anew by hand.
let script = """
    "use strict";
    (() => {
      const localTimes = () => {
        for (const time of document.querySelectorAll("time")) {
          time.title = new Date(time.dateTime).toLocaleString();
        }
      };
      localTimes();
      const { events: address, seconds } = document.body.dataset;
      let timer = null, isReading = false, isStale = false;
      const read = async () => {
        timer = null;
        if (isReading) { isStale = true; return; }
        isReading = true;
        try {
          const answer = await fetch(location.href, { credentials: "same-origin", redirect: "manual" });
          if (answer.type === "opaqueredirect") { location.reload(); return; }
          if (!answer.ok) return;
          const page = new DOMParser().parseFromString(await answer.text(), "text/html");
          put(page.querySelector("main"));
          document.title = page.title;
        } catch {
          // The server is away; the events start again when it is back.
        } finally {
          isReading = false;
          if (isStale) { isStale = false; soon(); }
        }
      };
      const put = (next) => {
        const main = document.querySelector("main");
        if (!next || main.innerHTML === next.innerHTML) return;
        const focus = document.activeElement;
        // Nobody loses what is being written.
        if (focus && main.contains(focus) && ["INPUT", "TEXTAREA"].includes(focus.tagName)) { soon(2000); return; }
        const open = [...main.querySelectorAll("details[open][id]")].map((it) => it.id);
        const scrolled = [...main.querySelectorAll(".drawing")].map((it) => it.scrollLeft);
        const place = focus && main.contains(focus) ? [...main.querySelectorAll("a, button, summary")] : [];
        const key = (it) => it.id || it.getAttribute("href") || it.closest("form")?.getAttribute("action")
          || it.parentElement?.id;
        const wanted = place.includes(focus) ? key(focus) : null;
        main.replaceWith(next);
        for (const id of open) document.getElementById(id)?.setAttribute("open", "");
        next.querySelectorAll(".drawing").forEach((it, index) => { it.scrollLeft = scrolled[index] || 0; });
        if (wanted) [...next.querySelectorAll("a, button, summary")].find((it) => key(it) === wanted)?.focus();
        localTimes();
      };
      const soon = (delay = 150) => { timer = timer ?? setTimeout(read, delay); };
      if (seconds) setInterval(() => { if (!document.hidden) soon(); }, seconds * 1000);
      if (!address || !window.EventSource) return;
      const events = new EventSource(address);
      events.onmessage = () => soon();
      events.addEventListener("snapshot", () => soon());
    })();

    """
