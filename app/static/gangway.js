/* What the pages do beyond HTML and htmx. Every page works without it; nothing here decides anything. */
(function () {
  "use strict";
  var doc = document;
  var root = doc.documentElement;
  root.classList.add("js");

  function one(selector, within) { return (within || doc).querySelector(selector); }
  function all(selector, within) { return Array.prototype.slice.call((within || doc).querySelectorAll(selector)); }
  function text(element) { return (element.textContent || "").replace(/\s+/g, " ").trim(); }

  /* One polite live region. Emptied first, so that the same sentence twice is read twice. */
  function announce(words) {
    var live = one("#live");
    if (!live || !words) return;
    live.textContent = "";
    setTimeout(function () { live.textContent = words; }, 120);
  }

  function announceWithin(element) {
    var found = all("[data-announce]", element);
    if (element.matches && element.matches("[data-announce]")) found.unshift(element);
    var words = found.filter(function (part) { return !part.hasAttribute("data-announced"); }).map(function (part) {
      part.setAttribute("data-announced", "");
      return part.getAttribute("data-announce") || text(one("span", part) || part);
    });
    if (words.length) announce(words.join(" "));
  }

  function toast(words) {
    var place = one("#toasts");
    if (!place) return;
    var box = doc.createElement("div");
    var close = doc.createElement("button");
    box.className = "gw-toast";
    box.appendChild(doc.createElement("span")).textContent = words;
    close.type = "button";
    close.className = "gw-toast__x";
    close.setAttribute("data-dismiss", "");
    close.setAttribute("aria-label", doc.body.dataset.close || "");
    close.textContent = "\u00d7";
    box.appendChild(close);
    box.setAttribute("data-announce", "");
    place.replaceChildren(box);
  }

  function focusOn(element) {
    if (!element) return;
    if (element.tabIndex < 0 && !element.hasAttribute("tabindex")) element.setAttribute("tabindex", "-1");
    element.focus({ preventScroll: false });
  }

  /* A form is sent once. The button keeps its name and value, so it is marked, not disabled. */
  function release(form) {
    delete form.dataset.sent;
    all("[aria-disabled][data-sending]", form).forEach(function (button) {
      button.removeAttribute("aria-disabled");
      button.removeAttribute("data-sending");
    });
  }

  function hold(form, button) {
    form.dataset.sent = "1";
    if (!button) return;
    button.setAttribute("aria-disabled", "true");
    button.setAttribute("data-sending", "");
  }

  doc.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("data-again")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    hold(form, event.submitter);
    setTimeout(function () { release(form); }, 8000);
  });

  addEventListener("pageshow", function () { all("form[data-sent]").forEach(release); });

  doc.addEventListener("htmx:beforeRequest", function (event) {
    var form = event.detail.elt;
    if (form.tagName !== "FORM" || form.getAttribute("hx-get") || form.getAttribute("data-hx-get")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    var sender = event.detail.requestConfig.triggeringEvent;
    hold(form, sender && sender.submitter);
  });

  doc.addEventListener("htmx:afterRequest", function (event) {
    if (event.detail.elt.tagName === "FORM") release(event.detail.elt);
  });

  /* htmx: token, sessions that ended, failures, focus. */
  doc.addEventListener("htmx:configRequest", function (event) {
    var meta = one("meta[name=csrf-token]");
    var field = meta ? null : one("input[name=csrf_token]");
    var token = meta ? meta.content : field && field.value;
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token;
  });

  /* A search answers while one types; leaving its field would ask the same again. */
  doc.addEventListener("change", function (event) {
    if (event.target.matches("[data-search]")) event.stopImmediatePropagation();
  }, true);

  var held = null;

  function signedOut(answer) {
    var led = answer.getResponseHeader("HX-Redirect") || answer.responseURL;
    var landed = led ? new URL(led, location.href).pathname : "";
    return landed.indexOf("/sign-in") === 0 && location.pathname.indexOf("/sign-in") !== 0;
  }

  doc.addEventListener("htmx:beforeOnLoad", function (event) {
    if (isKeeper(event) && signedOut(event.detail.xhr)) event.preventDefault();
  });

  doc.addEventListener("htmx:beforeSwap", function (event) {
    if (signedOut(event.detail.xhr)) {
      event.detail.shouldSwap = false;
      if (!isKeeper(event)) location.assign(location.href.split("#")[0]);
      return;
    }
    var active = doc.activeElement;
    var target = event.detail.target;
    var near = target && active && (target.contains(active) || (active.closest(".gw-toast") && target !== active));
    held = near && active !== doc.body ? { id: active.id, target: target.id } : null;
  });

  doc.addEventListener("htmx:afterSettle", function (event) {
    var fresh = event.detail.elt;
    var wrong = one(".gw-summary", fresh) || (fresh.matches(".gw-summary") ? fresh : null);
    if (wrong) {
      focusOn(wrong);
    } else if (fresh === doc.body) {
      focusOn(one("main"));
    } else if (held && (doc.activeElement === doc.body || !doc.activeElement)) {
      focusOn((held.id && doc.getElementById(held.id)) || (held.target && doc.getElementById(held.target)));
    }
    held = null;
    announceWithin(fresh);
  });

  /* What a person enters while an answer is on its way stays, though the answer brings these fields as they were sent. */
  function entered(field) { return /^(checkbox|radio)$/.test(field.type) ? field.checked : field.value; }

  doc.addEventListener("htmx:beforeRequest", function (event) {
    var asked = event.detail;
    if (!asked.elt.form || !asked.target.contains(asked.elt)) return;
    asked.xhr.gangwaySent = all("input:not([type=file]), select, textarea", asked.target).map(function (field) {
      return { field: field, was: entered(field) };
    });
  });

  doc.addEventListener("htmx:beforeSwap", function (event) {
    var sent = event.detail.xhr.gangwaySent || [];
    event.detail.xhr.gangwayEntered = sent.filter(function (part) {
      part.caret = part.field === doc.activeElement && part.field.selectionEnd;
      return part.field.id && entered(part.field) !== part.was;
    });
  });

  doc.addEventListener("htmx:afterSwap", function (event) {
    (event.detail.xhr.gangwayEntered || []).forEach(function (part) {
      var now = doc.getElementById(part.field.id);
      if (!now || now === part.field || now.type !== part.field.type) return;
      if (/^(checkbox|radio)$/.test(now.type)) { now.checked = part.field.checked; return; }
      if (now.tagName === "SELECT" && !one('option[value="' + CSS.escape(part.field.value) + '"]', now)) return;
      now.value = part.field.value;
      if (typeof part.caret === "number" && now === doc.activeElement) now.setSelectionRange(part.caret, part.caret);
    });
  });

  doc.addEventListener("htmx:responseError", function (event) { if (!isKeeper(event)) toast(doc.body.dataset.failed); });
  doc.addEventListener("htmx:sendError", function (event) { if (!isKeeper(event)) toast(doc.body.dataset.offline); });
  doc.addEventListener("htmx:timeout", function (event) { if (!isKeeper(event)) toast(doc.body.dataset.offline); });

  /* A form that saves itself while one types. What could not be sent stays in its fields, is said, and is sent again. */
  var typed = 0, sentUpTo = 0, keptUpTo = 0, tries = 0, next = null, sentValues = {};

  function isKeeper(event) { return event.detail.elt.hasAttribute("data-keeper"); }

  function tryAgain(at) {
    clearTimeout(next);
    next = setTimeout(function () {
      var keeper = one("[data-keeper]");
      if (keeper) keeper.dispatchEvent(new Event("again"));
    }, at);
  }

  function unkept(words, later) {
    var line = one("#kept");
    var said = doc.createElement("span");
    said.className = "gw-state is-late";
    said.textContent = words;
    if (text(line) !== words) announce(words);
    line.replaceChildren(said);
    if (later) tryAgain(Math.min(30000, 1000 * Math.pow(2, ++tries)));
  }

  function renewToken(token) {
    var meta = one("meta[name=csrf-token]");
    if (meta) meta.content = token;
    all("input[name=csrf_token]").forEach(function (input) { input.value = token; });
  }

  doc.addEventListener("input", function (event) {
    if (event.target.form && event.target.form.hasAttribute("data-keeps")) typed += 1;
  });

  doc.addEventListener("htmx:configRequest", function (event) {
    if (!isKeeper(event)) return;
    clearTimeout(next);
    sentUpTo = typed;
    sentValues = {};
    all("[data-keeps] textarea, [data-keeps] input").forEach(function (field) { sentValues[field.id] = field.value; });
  });

  doc.addEventListener("htmx:afterRequest", function (event) {
    if (!isKeeper(event)) return;
    var answer = event.detail.xhr, words = event.detail.elt.dataset;
    if (signedOut(answer)) unkept(words.signedOut, true);
    else if (answer.status === 0) unkept(words.offline, true);
    else if (answer.status === 413) unkept(words.large, false);
    else if (answer.status >= 400 && answer.status !== 422 && answer.status !== 409) unkept(words.failed, true);
    else if (answer.status === 200) { keptUpTo = sentUpTo; tries = 0; }
  });

  doc.addEventListener("htmx:afterSettle", function (event) {
    var line = one("#kept"), fresh = line && one("[data-token]", line);
    if (!fresh) return;
    var meta = one("meta[name=csrf-token]");
    var wasStale = fresh.dataset.stale === "1";
    renewToken(fresh.dataset.token);
    fresh.remove();
    if (wasStale && meta) tryAgain(0);
    all("[data-fill]", line).forEach(function (words) {
      var field = doc.getElementById(words.dataset.fill);
      if (field && field.value === sentValues[field.id]) field.value = words.textContent;
      words.remove();
    });
  });

  addEventListener("online", function () { if (typed > keptUpTo) tryAgain(0); });

  addEventListener("beforeunload", function (event) {
    if (typed > keptUpTo && one("[data-keeper]")) event.preventDefault();
  });

  doc.addEventListener("submit", function (event) {
    if (!event.target.hasAttribute("data-keeps")) return;
    if (navigator.onLine) { keptUpTo = typed; return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    unkept(one("[data-keeper]").dataset.offline, true);
  }, true);

  doc.addEventListener("change", function (event) {
    var field = event.target;
    var button = field.dataset && field.dataset.sends && doc.getElementById(field.dataset.sends);
    if (!button || !field.files.length) return;
    if (field.files[0].size > LARGEST) { toast(field.dataset.large); field.value = ""; return; }
    button.click();
  });

  /* Buttons: copy, show a password, close a message, switch the keys. */
  function copied(button) {
    var label = one("span", button);
    var before = button.dataset.before || label.textContent;
    button.dataset.before = before;
    label.textContent = button.dataset.copied;
    announce(button.dataset.copied);
    setTimeout(function () { label.textContent = before; }, 2000);
  }

  function copy(button) {
    var words = button.dataset.copy;
    if (navigator.clipboard && isSecureContext) {
      navigator.clipboard.writeText(words).then(function () { copied(button); });
      return;
    }
    var area = doc.createElement("textarea");
    area.value = words;
    area.className = "visually-hidden";
    doc.body.appendChild(area);
    area.select();
    if (doc.execCommand("copy")) copied(button);
    area.remove();
    button.focus();
  }

  function reveal(button) {
    var field = doc.getElementById(button.dataset.reveal);
    var show = field.type === "password";
    var label = button.getAttribute("aria-label");
    var word = button.textContent;
    field.type = show ? "text" : "password";
    button.textContent = button.dataset.hide;
    button.setAttribute("aria-label", button.dataset.hideLabel);
    button.dataset.hide = word;
    button.dataset.hideLabel = label;
  }

  doc.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("button, a");
    if (button && button.getAttribute("aria-disabled") === "true") { event.preventDefault(); return; }
    if (button && button.dataset.copy !== undefined) copy(button);
    if (button && button.dataset.reveal) reveal(button);
    if (button && button.dataset.dismiss !== undefined) button.parentElement.remove();
    if (button && button.dataset.keysSwitch !== undefined) switchKeys(button);
    all("details[data-menu][open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  /* A password is sent as such, shown or not, so that the browser offers to keep it. */
  doc.addEventListener("submit", function () {
    all("[data-reveal]").forEach(function (button) {
      if (doc.getElementById(button.dataset.reveal).type === "text") reveal(button);
    });
  }, true);

  /* Keys at the desk. They can be switched off, and never act while someone types. */
  var OFF = "gangway-keys-off";

  function off() { try { return localStorage.getItem(OFF) === "1"; } catch (error) { return false; } }

  function nameSwitch(button) {
    button.dataset.on = button.dataset.on || button.textContent;
    button.textContent = off() ? button.dataset.off : button.dataset.on;
  }

  function switchKeys(button) {
    try { localStorage.setItem(OFF, off() ? "0" : "1"); } catch (error) { return; }
    nameSwitch(button);
    announce(button.textContent);
  }

  function typing(element) {
    return element.isContentEditable || /^(TEXTAREA|SELECT)$/.test(element.tagName) ||
      (element.tagName === "INPUT" && !/^(checkbox|radio|button|submit)$/.test(element.type));
  }

  function visible(element) { return element.offsetParent !== null || element.getClientRects().length > 0; }

  doc.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      all("details[data-menu][open]").forEach(function (menu) {
        menu.open = false;
        one("summary", menu).focus();
      });
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (typing(event.target) || !one(".gw-desk") || off()) return;
    var found;
    if (event.key === "/") {
      found = one("[data-search]");
      if (found) { event.preventDefault(); found.focus(); found.select(); }
    } else if (event.key === "?") {
      found = one("#keys");
      if (found) { event.preventDefault(); found.open = true; one("summary", found).focus(); }
    } else if (event.key.length === 1) {
      found = all("[data-key]").filter(function (element) {
        return element.dataset.key === event.key.toLowerCase() && visible(element);
      })[0];
      if (found) { event.preventDefault(); found.focus(); found.click(); }
    }
  });

  /* Files of a task go off as soon as they are chosen or dropped, a few megabytes at a time, with their progress. */
  var LARGEST = 10 * 1024 * 1024;

  function portions(files) {
    var found = [], size = LARGEST;
    files.forEach(function (file) {
      if (size + file.size > LARGEST) { found.push([]); size = 0; }
      found[found.length - 1].push(file);
      size += file.size;
    });
    return found;
  }

  function send(form, field, waiting, refused, sent, total) {
    var bar = one("progress", form);
    var portion = waiting.shift();
    var data = new FormData();
    var request = new XMLHttpRequest();
    var size = 0;
    all("input[type=hidden]", form).forEach(function (hidden) { data.append(hidden.name, hidden.value); });
    portion.forEach(function (file) { data.append("files", file); size += file.size; });
    bar.hidden = false;
    request.upload.onprogress = function (event) { bar.value = 100 * (sent + size * event.loaded / event.total) / total; };
    request.onerror = function () { bar.hidden = true; field.disabled = false; toast(field.dataset.broken); };
    request.onload = function () {
      var page = new DOMParser().parseFromString(request.responseText, "text/html");
      var list = one(".gw-files", page);
      if (!list) { request.onerror(); return; }
      refused = refused.concat(all("[data-refused] li", list).map(function (line) { return line.innerHTML; }));
      one(".gw-files", form).replaceWith(doc.adoptNode(list));
      if (waiting.length) { send(form, field, waiting, refused, sent + size, total); return; }
      var told = one("[data-refused]", list);
      if (refused.length && !told) {
        told = doc.createElement("ul");
        told.className = "gw-plain gw-say is-act";
        list.prepend(told);
      }
      if (told) told.innerHTML = refused.map(function (words) { return "<li>" + words + "</li>"; }).join("");
      bar.hidden = true;
      field.disabled = false;
      field.value = "";
      field.focus();
      announceWithin(list);
    };
    request.open("POST", form.dataset.upload);
    request.setRequestHeader("HX-Request", "true");
    request.send(data);
  }

  doc.addEventListener("change", function (event) {
    var field = event.target;
    var form = field.form;
    if (field.type !== "file" || !form || !form.dataset.upload || !field.files.length) return;
    var safe = doc.createElement("b");
    var small = [], refused = [], total = 0;
    Array.prototype.forEach.call(field.files, function (file) {
      if (file.size <= LARGEST) { small.push(file); total += file.size; return; }
      safe.textContent = file.name;
      refused.push(safe.outerHTML + ": " + field.dataset.large);
    });
    if (refused.length && !small.length) { toast(field.files[0].name + ": " + field.dataset.large); field.value = ""; return; }
    field.disabled = true;
    send(form, field, portions(small), refused, 0, total || 1);
  });

  /* Fields that are asked only after certain answers above them. The server asks the same question again. */
  function ask(within) {
    all("[data-when]", within).forEach(function (part) {
      var form = part.closest("form");
      var chosen = all("input:checked", form).filter(function (input) {
        return input.name === part.dataset.when && !input.closest("[data-when][hidden]");
      }).map(function (input) { return input.value; });
      var fits = part.dataset.is.split(" ");
      part.hidden = !(chosen.length ? chosen : ["-"]).some(function (value) { return fits.indexOf(value) >= 0; });
    });
  }

  doc.addEventListener("change", function (event) { if (event.target.form) ask(event.target.form); });
  doc.addEventListener("htmx:load", function (event) { ask(event.detail.elt); });

  /* On arrival: what was wrong takes the focus, what happened is said. */
  function arrive() {
    var wrong = one(".gw-summary");
    if (wrong) focusOn(wrong);
    announceWithin(doc.body);
    if (one("#toasts")) new MutationObserver(function () { announceWithin(one("#toasts")); }).observe(one("#toasts"), { childList: true });
    all("[data-keys-switch]").forEach(nameSwitch);
    ask(doc);
  }

  if (doc.readyState === "loading") doc.addEventListener("DOMContentLoaded", arrive); else arrive();
})();
