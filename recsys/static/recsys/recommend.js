// Tells the recommender what shoppers do, and draws what the shop's own server recommends; see
// docs/how-to/storefront.md. Events wait in localStorage until they are acknowledged, so a closed
// page loses none; one that is sent twice has the same event_id and counts once.
((window) => {
  "use strict";
  const QUEUE = "recsys.queue", VISITOR = "recsys.visitor", FROM = "recsys.from";
  const MOST_WAITING = 500, AT_ONCE = 50, LONGEST_PAUSE = 60000;
  const memory = {}; // where storage is full or forbidden
  let config, timer, isSending, pause = 1000;

  const read = (name, otherwise) => {
    try {
      return JSON.parse(localStorage.getItem(name)) || memory[name] || otherwise;
    } catch {
      return memory[name] || otherwise;
    }
  };

  const write = (name, value) => {
    memory[name] = value;
    try {
      localStorage.setItem(name, JSON.stringify(value));
      delete memory[name];
    } catch {}
  };

  // crypto.randomUUID is there on https only.
  const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)),
    (byte) => (byte + 256).toString(16).slice(1)).join("");

  // url: of the recommender; key: a publishable one; user, visitor: the shop's own ids.
  const init = ({ url, key, user, visitor }) => {
    visitor = visitor || read(VISITOR) || newId();
    write(VISITOR, visitor);
    const who = user ? { user_id: user } : { visitor_id: visitor };
    config = { url: url.replace(/\/+$/, "") + "/api/v1/events", key, who };
    flush();
    return visitor;
  };

  // kind: view, cart, purchase, like, rating or remove. Returns the event's id.
  const track = (kind, productId, { recommendationId, price, quantity, value } = {}) => {
    if (!config) throw new Error("Call Recsys.init first.");
    const event = {
      event_id: newId(), ...config.who, kind, product_id: String(productId),
      occurred_at: new Date().toISOString(), price, quantity, value,
      recommendation_id: recommendationId || read(FROM, {})[productId]
    };
    write(QUEUE, [...read(QUEUE, []), event].slice(-MOST_WAITING));
    later(0);
    return event.event_id;
  };

  const later = (delay) => {
    clearTimeout(timer);
    timer = setTimeout(flush, delay);
  };

  const flush = async () => {
    const events = read(QUEUE, []).slice(0, AT_ONCE);
    if (!config || isSending || !events.length) return;
    isSending = true;
    let delay = 0;
    try {
      const answer = await fetch(config.url, {
        method: "POST",
        keepalive: true, // goes on when the page is left
        headers: { Authorization: "Bearer " + config.key, "Content-Type": "application/json" },
        body: JSON.stringify({ events })
      });
      if (answer.status === 429 || answer.status > 499) {
        throw answer.headers.get("Retry-After") * 1000;
      }
      if (!answer.ok) console.warn("Recsys: events refused,", answer.status);
      const sent = new Set(events.map((event) => event.event_id));
      write(QUEUE, read(QUEUE, []).filter((event) => !sent.has(event.event_id)));
      pause = 1000;
    } catch (wait) {
      delay = Math.max(pause, +wait || 0);
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    }
    isSending = false;
    later(delay);
  };

  // Asks an address of the shop's own server for an answer, and appends draw(result) to the
  // element for each product. What is done with a clicked product later carries the answer's id.
  const show = async (element, address, draw) => {
    const response = await fetch(address);
    if (!response.ok) throw new Error(response.status + " from " + address);
    const answer = await response.json();
    for (const result of answer.results) {
      const node = draw(result, answer);
      node.addEventListener("click", () => write(FROM, Object.fromEntries([
        ...Object.entries(read(FROM, {})).slice(-99), [result.product_id, answer.recommendation_id]
      ])));
      element.append(node);
    }
    return answer;
  };

  addEventListener("pagehide", flush);
  addEventListener("online", flush);
  window.Recsys = { init, track, flush, show };
})(window);
