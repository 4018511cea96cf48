/// Follows the events that a page names, and puts the page's new content in place of the old. Without it, pages are
/// read anew by hand.
let script = """
    "use strict";
    (() => {
      const places = "a, button, summary, [tabindex]";
      const { events: address, seconds } = document.body.dataset;
      const lost = document.getElementById("lost"), news = document.getElementById("news");
      let shown = document.querySelector("main").innerHTML;
      let timer = null, isReading = false, isStale = false;
      const localTimes = () => {
        for (const time of document.querySelectorAll("time")) {
          time.title = new Date(time.dateTime).toLocaleString();
        }
      };
      const read = async () => {
        timer = null;
        if (isReading) { isStale = true; return; }
        isReading = true;
        try {
          const answer = await fetch(location.href, { credentials: "same-origin", redirect: "manual" });
          if (answer.type === "opaqueredirect") { location.reload(); return; }
          lost.hidden = true;
          // One that was removed is shown as such.
          if (!answer.ok && answer.status !== 404) return;
          put(new DOMParser().parseFromString(await answer.text(), "text/html"));
        } catch {
          // The server is away; this goes on when it is back.
          lost.hidden = false;
        } finally {
          isReading = false;
          if (isStale) { isStale = false; soon(); }
        }
      };
      // What the same place is called before and after: places with one name are told apart by their order.
      const named = (main) => {
        const seen = {};
        return [...main.querySelectorAll(places)].map((place) => {
          const name = place.id || place.getAttribute("href") || place.getAttribute("aria-label")
            || place.closest("form")?.getAttribute("action") || place.parentElement?.id || "";
          seen[name] = (seen[name] || 0) + 1;
          return { place, name: `${name} ${seen[name]}` };
        });
      };
      const put = (page) => {
        const main = document.querySelector("main"), next = page.querySelector("main");
        if (!next || shown === next.innerHTML) return;
        const focus = document.activeElement;
        // Nobody loses what is being written, or the place in it.
        if (main.contains(focus) && ["INPUT", "TEXTAREA"].includes(focus.tagName)) { soon(2000); return; }
        const written = [...main.querySelectorAll("input[id], textarea[id]")].filter((it) => it.value !== it.defaultValue);
        const open = [...main.querySelectorAll("details[id]")];
        const scrolled = [...main.querySelectorAll(".drawing")];
        const wanted = named(main).find((it) => it.place === focus)?.name;
        const said = main.querySelector("#now")?.textContent;
        shown = next.innerHTML;
        document.title = page.title;
        main.replaceWith(next);
        for (const old of written) {
          const field = document.getElementById(old.id);
          if (field) field.value = old.value;
        }
        for (const old of open) {
          const details = document.getElementById(old.id);
          if (details) details.open = old.open;
        }
        next.querySelectorAll(".drawing").forEach((it, index) => {
          it.scrollTo(scrolled[index]?.scrollLeft || 0, scrolled[index]?.scrollTop || 0);
        });
        if (wanted) named(next).find((it) => it.name === wanted)?.place.focus({ preventScroll: true });
        const says = next.querySelector("#now")?.textContent ?? page.title;
        if (said && says !== said) news.textContent = says;
        localTimes();
      };
      const soon = (delay = 150) => { timer = timer ?? setTimeout(read, delay); };
      let events = null;
      const follow = () => {
        if (events || document.hidden) return;
        events = new EventSource(address);
        events.onopen = () => { lost.hidden = true; };
        events.onmessage = () => soon();
        events.addEventListener("snapshot", () => soon());
        events.onerror = () => {
          lost.hidden = false;
          // A proxy's error page ends the events for good; a broken connection is taken up by the browser itself.
          if (events?.readyState === EventSource.CLOSED) { leave(); setTimeout(follow, 5000); soon(); }
        };
      };
      const leave = () => { events?.close(); events = null; };
      localTimes();
      if (seconds) setInterval(() => { if (!document.hidden) soon(); }, seconds * 1000);
      if (!address || !window.EventSource) return;
      follow();
      // A browser has few connections to one server: a page that nobody sees holds none.
      document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); else follow(); });
    })();

    """
