// Everything the browser does beyond plain pages. Each module listens on the document, so what htmx or a refresh
// brings works at once; without any of this every form still posts and every link still goes.
import "./announce.js";
import "./keys.js";
import "./once.js";
import "./dialogs.js";
import "./rows.js";
import "./countdown.js";
import "./refresh.js";
import "./autosave.js";
import "./small.js";
