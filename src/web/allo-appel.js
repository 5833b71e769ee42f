// <allo-appel>: a button that calls the town hall from its web site, with captions, and in writing where there is no
// microphone.
//
//   <script src="https://allo.mairie.fr/allo-appel.js" defer></script>
//   <allo-appel nom="la mairie" telephone="04 65 71 02 10"></allo-appel>
//
// Attributes, all optional: `nom`, who is called; `numero`, which of the server's plans answers; `telephone`, shown when
// nothing else works; `serveur`, where Allô is, if not where this file comes from.
(() => {
  'use strict';

  const HERE = new URL(document.currentScript?.src || location.href).origin;
  // Candidates that come later are found by the server itself.
  const GATHER_MS = 400;
  // A relay has to be asked twice before it lends an address.
  const GATHER_RELAY_MS = 1500;
  const CONNECT_MS = 10_000;
  const LAST_WORD_MS = 500;

  const REASONS = {
    caller: 'Vous avez raccroché.',
    finished: 'L’appel est terminé.',
    transferred: 'La conversation avec la mairie est terminée.',
    media_lost: 'La liaison a été perdue.',
    too_long: 'L’appel a atteint sa durée maximale.',
    stopped: 'Le service s’arrête. Rappelez dans quelques minutes.',
  };
  const REFUSALS = {
    403: 'Ce site n’est pas autorisé à appeler.',
    404: 'Ce numéro ne répond pas ici.',
    429: 'Trop d’appels d’affilée depuis votre connexion. Réessayez dans une minute.',
    503: 'Toutes les lignes sont occupées. Réessayez dans un moment.',
  };
  const UNREACHABLE = 'Le service ne répond pas. Vérifiez votre connexion, puis réessayez.';
  const NO_SOUND = 'Le son ne passe pas sur ce réseau. Vous pouvez écrire à la place.';

  const HTML = `
    <section aria-labelledby="title">
      <h2 id="title"></h2>
      <p id="who"></p>
      <p id="state" role="status"></p>
      <div id="words" role="log" aria-live="polite" aria-label="Ce qui se dit" tabindex="0" hidden></div>
      <div id="talk" hidden>
        <form id="form">
          <label for="text">Votre question, par écrit</label>
          <div class="row">
            <input id="text" maxlength="500" autocomplete="off" enterkeyhint="send">
            <button type="submit">Envoyer</button>
          </div>
        </form>
        <div class="row">
          <button type="button" id="mute" aria-pressed="false">Couper le micro</button>
          <button type="button" id="pad" aria-expanded="false" aria-controls="keys">Touches</button>
          <button type="button" id="hang" class="end">Raccrocher</button>
        </div>
        <div id="keys" role="group" aria-label="Touches du téléphone" hidden>
          ${[...'123456789*0#'].map(key => `<button type="button" value="${key}" aria-label="${
            { '*': 'étoile', '#': 'dièse' }[key] || key}">${key}</button>`).join('')}
        </div>
      </div>
      <div id="welcome" class="row">
        <button type="button" id="call" class="main">Appeler</button>
        <button type="button" id="write">Écrire plutôt</button>
      </div>
      <audio autoplay></audio>
    </section>`;

  const CSS = `
    :host { --ink: #161616; --soft: #5a5a5a; --paper: #fff; --quiet: #f0f0f5; --line: #8a8a92; --main: #000091;
      --on-main: #fff; --end: #b3141a; --on-end: #fff; --mine: #e3e3fd;
      display: block; max-width: 28rem; color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
    @media (prefers-color-scheme: dark) { :host { --ink: #f2f2f2; --soft: #b8b8b8; --paper: #1c1c1f; --quiet: #2a2a30;
      --line: #8a8a92; --main: #a9a9fb; --on-main: #10103a; --end: #ff9a96; --on-end: #3b0508; --mine: #33335c; } }
    [hidden] { display: none !important; }
    section { padding: 1.25rem; border: 1px solid var(--line); border-radius: .75rem; background: var(--paper); }
    h2 { margin: 0 0 .5rem; font-size: 1.25rem; line-height: 1.3; }
    p { margin: 0 0 .75rem; }
    #who { color: var(--soft); }
    #state:empty { display: none; }
    #state { font-weight: 600; }
    #state.alert { padding: .5rem .75rem; border-left: .25rem solid var(--end); background: var(--quiet); font-weight: 400; }
    .row { display: flex; flex-wrap: wrap; gap: .5rem; }
    button, input { box-sizing: border-box; min-height: 2.75rem; padding: .5rem .875rem; border: 1px solid var(--line);
      border-radius: .5rem; background: var(--paper); color: inherit; font: inherit; }
    button { flex: 1 1 auto; cursor: pointer; }
    button:hover { background: var(--quiet); }
    button[aria-pressed="true"], button[aria-expanded="true"] { background: var(--quiet); border-color: var(--ink);
      box-shadow: inset 0 0 0 1px var(--ink); }
    button.main { border-color: var(--main); background: var(--main); color: var(--on-main); font-weight: 600; }
    button.end { border-color: var(--end); background: var(--end); color: var(--on-end); font-weight: 600; }
    button.main:hover, button.end:hover { filter: brightness(1.15); }
    :focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
    input { flex: 1 1 10rem; min-width: 0; }
    label { display: block; margin-bottom: .25rem; color: var(--soft); font-size: .875rem; }
    form { margin-bottom: .75rem; }
    form button { flex: 0 0 auto; }
    #words { max-height: 18rem; margin-bottom: .75rem; padding: .25rem; overflow-y: auto; overscroll-behavior: contain; }
    #words p { width: fit-content; max-width: 85%; margin: 0 0 .5rem; padding: .5rem .75rem; border-radius: .75rem;
      background: var(--quiet); overflow-wrap: anywhere; }
    #words p.mine { margin-left: auto; background: var(--mine); }
    #words b { display: block; color: var(--soft); font-size: .75rem; font-weight: 600; }
    #keys { display: grid; grid-template-columns: repeat(3, 1fr); gap: .5rem; margin-top: .75rem; }
    #keys button { font-size: 1.125rem; font-weight: 600; }`;

  class AlloAppel extends HTMLElement {
    #call = null; // { token, connection, stream, captions } of the call in progress
    #parts = {};

    connectedCallback() {
      if (!this.shadowRoot) this.#build();
      addEventListener('pagehide', this.#leave);
    }

    disconnectedCallback() {
      removeEventListener('pagehide', this.#leave);
      this.#leave();
    }

    #leave = () => this.#hangUp();

    #build() {
      const root = this.attachShadow({ mode: 'open' });
      root.innerHTML = HTML;
      const style = new CSSStyleSheet();
      style.replaceSync(CSS);
      root.adoptedStyleSheets = [style];
      for (const element of root.querySelectorAll('[id]')) this.#parts[element.id] = element;
      this.#parts.audio = root.querySelector('audio');
      const { title, who, call, write, form, mute, pad, hang, keys } = this.#parts;
      this.lang ||= 'fr';
      const name = this.getAttribute('nom') || 'la mairie';
      title.textContent = `Appeler ${name}`;
      who.textContent = 'Un assistant automatique vous répond, tout de suite et à toute heure. '
        + 'Parlez-lui comme à une personne ; ce qui se dit s’affiche ici.';
      call.onclick = () => this.#begin(true);
      write.onclick = () => this.#begin(false);
      hang.onclick = () => this.#hangUp();
      mute.onclick = () => this.#mute();
      pad.onclick = () => {
        keys.hidden = !keys.hidden;
        pad.setAttribute('aria-expanded', String(!keys.hidden));
      };
      keys.onclick = event => event.target.value && this.#press(event.target.value);
      form.onsubmit = event => {
        event.preventDefault();
        this.#type();
      };
    }

    get #server() {
      return this.getAttribute('serveur')?.replace(/\/$/, '') || HERE;
    }

    // Asks the server; what it refuses is an error whose message is for the caller.
    async #ask(method, path, body) {
      const options = { method, keepalive: method === 'DELETE' };
      if (body) Object.assign(options, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
      let response;
      try {
        response = await fetch(`${this.#server}/appel${path}`, options);
      } catch {
        throw new Error(UNREACHABLE);
      }
      if (!response.ok) throw new Error(REFUSALS[response.status] || UNREACHABLE);
      return response.status === 204 ? null : response.json();
    }

    async #begin(aloud) {
      if (this.#call) return;
      const call = this.#call = {};
      const { words, hang, text } = this.#parts;
      words.replaceChildren();
      this.#show('talking');
      this.#say(aloud ? 'Autorisez le micro si votre navigateur le demande…' : 'Connexion…');
      hang.focus();
      try {
        if (aloud) aloud = await this.#microphone(call);
        if (this.#call !== call) return release(call);
        const note = aloud === null ? 'Pas de micro : écrivez votre question. Pour parler, autorisez le micro pour ce site, '
          + 'puis rappelez.' : 'Vous écrivez à l’assistant.';
        if (aloud) await this.#connect(call);
        else await this.#open(call, {});
        if (this.#call !== call) return release(call);
        this.#parts.mute.hidden = !aloud;
        this.#say(aloud ? 'Vous êtes en ligne avec l’assistant.' : note);
        if (!aloud) text.focus();
      } catch (error) {
        if (this.#call === call) this.#end(error.message, true);
      }
    }

    // Whether there is a microphone: true, or null.
    async #microphone(call) {
      try {
        const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
        call.stream = await navigator.mediaDevices.getUserMedia({ audio });
        return true;
      } catch {
        return null;
      }
    }

    // Begins the call on the server; then its captions come.
    async #open(call, offer) {
      const numero = this.getAttribute('numero');
      const { jeton, reponse } = await this.#ask('POST', '', numero ? { numero, ...offer } : offer);
      call.token = jeton;
      if (this.#call !== call) {
        this.#farewell(call);
        release(call);
        return null;
      }
      this.#readAlong(call);
      return reponse;
    }

    // Servers that help where the network is strict; without them it may work all the same.
    async #relays() {
      try {
        return (await this.#ask('GET', '/relais')).serveurs;
      } catch {
        return [];
      }
    }

    async #connect(call) {
      this.#say('Connexion…');
      const iceServers = await this.#relays();
      if (this.#call !== call) return;
      const connection = call.connection = new RTCPeerConnection({ iceServers });
      for (const track of call.stream.getTracks()) connection.addTrack(track, call.stream);
      connection.ontrack = ({ track }) => {
        this.#parts.audio.srcObject = new MediaStream([track]);
      };
      const gathered = new Promise(resolve => {
        setTimeout(resolve, iceServers.some(server => server.username) ? GATHER_RELAY_MS : GATHER_MS);
        connection.onicegatheringstatechange = () => connection.iceGatheringState === 'complete' && resolve();
      });
      await connection.setLocalDescription();
      await gathered;
      const answer = await this.#open(call, { offre: connection.localDescription.sdp });
      if (answer === null) return;
      const connected = new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(NO_SOUND)), CONNECT_MS);
        connection.onconnectionstatechange = () => {
          const state = connection.connectionState;
          if (this.#call !== call || call.over) return;
          if (state === 'connected') {
            clearTimeout(timer);
            resolve();
            this.#say('Vous êtes en ligne avec l’assistant.');
          } else if (state === 'disconnected') {
            this.#say('La liaison est mauvaise…');
          } else if (state === 'failed') {
            clearTimeout(timer);
            this.#end(REASONS.media_lost, true);
            reject(new Error(NO_SOUND));
          }
        };
      });
      connected.catch(() => {});
      await connection.setRemoteDescription({ type: 'answer', sdp: answer });
      await connected;
    }

    // The browser asks again by itself where the connection is lost.
    #readAlong(call) {
      const captions = call.captions = new EventSource(`${this.#server}/appel/${call.token}/suite`);
      captions.addEventListener('allo', ({ data }) => this.#caption(JSON.parse(data), false));
      captions.addEventListener('vous', ({ data }) => this.#caption(JSON.parse(data), true));
      captions.addEventListener('agent', ({ data }) => this.#say(JSON.parse(data).parle
        ? 'Vous parlez avec un agent de la mairie. L’assistant n’écoute plus.' : 'Vous êtes en ligne avec l’assistant.'));
      captions.addEventListener('fin', ({ data }) => {
        captions.close();
        call.over = true;
        const why = REASONS[JSON.parse(data).raison] || REASONS.finished;
        // The last word is still on its way to the ear.
        setTimeout(() => this.#call === call && this.#end(why, false), call.connection ? LAST_WORD_MS : 0);
      });
    }

    // Sentences of one answer stand together.
    #caption({ tour, texte }, mine) {
      const { words } = this.#parts;
      words.hidden = false;
      texte = texte.replace(/ (?=[?!:;»])|(?<=«) /g, '\u00a0');
      const last = words.lastElementChild;
      const key = `${mine ? 'vous' : 'allo'} ${tour}`;
      if (last?.dataset.key === key) {
        last.append(` ${texte}`);
      } else {
        const caption = document.createElement('p');
        caption.dataset.key = key;
        caption.className = mine ? 'mine' : '';
        const who = document.createElement('b');
        who.textContent = mine ? 'Vous' : 'Assistant';
        caption.append(who, texte);
        words.append(caption);
      }
      words.scrollTop = words.scrollHeight;
    }

    async #type() {
      const { text } = this.#parts;
      const texte = text.value.trim();
      const call = this.#call;
      if (!texte || !call?.token) return;
      text.value = '';
      try {
        await this.#ask('POST', `/${call.token}/texte`, { texte });
      } catch {
        if (this.#call === call) {
          text.value = texte;
          this.#say('Ce message n’est pas parti. Réessayez.');
        }
      }
    }

    #press(key) {
      const call = this.#call;
      if (!call?.token) return;
      const tones = call.connection?.getSenders()[0]?.dtmf;
      if (tones?.canInsertDTMF) tones.insertDTMF(key, 160);
      else this.#ask('POST', `/${call.token}/touche`, { touche: key }).catch(() => {});
    }

    #mute() {
      const { mute } = this.#parts;
      const muted = mute.getAttribute('aria-pressed') !== 'true';
      mute.setAttribute('aria-pressed', String(muted));
      for (const track of this.#call?.stream?.getTracks() || []) track.enabled = !muted;
    }

    #hangUp() {
      if (this.#call) this.#end(REASONS.caller, false);
    }

    #farewell({ token }) {
      return token && this.#ask('DELETE', `/${token}`).catch(() => {});
    }

    // Ends the call on this side, and tells the server.
    #end(why, isError) {
      const call = this.#call;
      this.#call = null;
      this.#farewell(call);
      release(call);
      const { state, audio } = this.#parts;
      audio.srcObject = null;
      const telephone = this.getAttribute('telephone');
      this.#show('welcome');
      this.#say(isError && telephone ? `${why} Vous pouvez aussi appeler le ${telephone}.` : why);
      state.classList.toggle('alert', isError);
      this.#parts.call.focus();
    }

    #show(what) {
      const { welcome, who, talk, keys, pad, mute, call, state } = this.#parts;
      const talking = what === 'talking';
      welcome.hidden = talking;
      talk.hidden = !talking;
      who.hidden = talking || !this.#parts.words.hidden;
      keys.hidden = true;
      mute.hidden = true;
      pad.setAttribute('aria-expanded', 'false');
      mute.setAttribute('aria-pressed', 'false');
      state.classList.remove('alert');
      if (!talking) call.textContent = 'Rappeler';
    }

    #say(text) {
      this.#parts.state.textContent = text;
    }
  }

  function release({ stream, connection, captions }) {
    for (const track of stream?.getTracks() || []) track.stop();
    connection?.close();
    captions?.close();
  }

  customElements.define('allo-appel', AlloAppel);
})();
