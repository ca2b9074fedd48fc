//! Who may come in: passwords, the lobby, and the seat that is one's own.

use lapwing_conformance::browser::{Kind, stage};
use serde_json::json;

use super::program::SOON;
use super::scripted::Scripted;

#[test]
fn a_password_is_asked_for_again_until_it_is_right() {
    let test = "rooms::a_password_is_asked_for_again_until_it_is_right";
    stage(test, &[Kind::Chromium], || {
        let mut server = Scripted::lobby()?;
        let submit = |password: &str| {
            format!(
                "(() => {{ const form = document.querySelector('#join');
                  form.elements.name.value = 'carol';
                  form.elements.password.value = '{password}';
                  form.requestSubmit(); }})()"
            )
        };
        server.page.eval(&submit(""))?;
        let join = server.await_sent("join")?;
        assert!(join.get("password").is_none(), "{join}");
        let owner = join["owner"].as_str().ok_or("a secret of its own")?.to_owned();
        assert!((16..=64).contains(&owner.len()), "{owner}");

        for (code, password) in [("password-required", "tea"), ("wrong-password", "green tea")] {
            server.refuse(code)?;
            server.page.wait_for("lapwing.state().view === 'lobby'", SOON)?;
            let note = "document.querySelector('#join-note').textContent";
            assert_eq!(server.page.eval(note)?, "Refused. Try this.");
            let focus = "document.activeElement.name";
            assert_eq!(server.page.eval(focus)?, "password");
            server.page.eval(&submit(password))?;
            let join = server.await_sent("join")?;
            assert_eq!(join["password"], password);
            assert_eq!(join["owner"], owner, "the same person has the same secret");
        }
        server.welcome(&json!([]))?;
        server.page.wait_for("lapwing.state().view === 'room'", SOON)?;
        Ok(())
    });
}

#[test]
fn who_waits_is_told_so_and_may_give_up() {
    let test = "rooms::who_waits_is_told_so_and_may_give_up";
    stage(test, &[Kind::Chromium], || {
        let mut server = Scripted::lobby()?;
        for _ in 0..2 {
            server.page.eval("lapwing.join('carol')")?;
            server.await_sent("join")?;
            server.say(&json!({ "type": "waiting", "id": "w1" }))?;
            server.page.wait_for("/waiting/i.test(document.body.innerText)", SOON)?;
            server.page.eval("document.querySelector('#stop-waiting').click()")?;
            server.await_sent("leave")?;
            server.page.wait_for("lapwing.state().view === 'lobby'", SOON)?;
        }
        server.page.eval("lapwing.join('carol')")?;
        server.await_sent("join")?;
        server.say(&json!({ "type": "waiting", "id": "w2" }))?;
        server.refuse("not-admitted")?;
        server.page.wait_for("lapwing.state().view === 'ended'", SOON)?;
        Ok(())
    });
}

#[test]
fn the_host_locks_the_room_and_decides_who_comes_in() {
    let test = "rooms::the_host_locks_the_room_and_decides_who_comes_in";
    stage(test, &[Kind::Chromium], || {
        let mut server = Scripted::joined(&json!([]))?;
        server.page.eval("document.querySelector('#lock').click()")?;
        assert_eq!(server.await_sent("lock")?["locked"], true);
        server.say(&json!({ "type": "room", "host": "me", "locked": true }))?;
        let locked = "document.querySelector('#lock').getAttribute('aria-pressed') === 'true'";
        server.page.wait_for(locked, SOON)?;

        for (id, name) in [("w1", "Bob"), ("w2", "Mallory\u{202e}")] {
            server.say(&json!({ "type": "knock", "id": id, "name": name }))?;
        }
        let shown = server.page.eval("document.querySelector('#knocks').innerText")?;
        let shown = shown.as_str().ok_or("a text")?;
        assert!(shown.contains("Bob") && shown.contains("Mallory"), "{shown}");
        assert!(!shown.contains('\u{202e}'), "{shown:?}");
        let press = |id: &str, which: &str| {
            format!("document.querySelector('#knocks [data-id={id}] button{which}').click()")
        };
        server.page.eval(&press("w2", ":not(.primary)"))?;
        let refused = server.await_sent("admit")?;
        assert_eq!(refused, json!({ "type": "admit", "id": "w2", "admit": false }));
        server.page.eval(&press("w1", ".primary"))?;
        let admitted = server.await_sent("admit")?;
        assert_eq!(admitted, json!({ "type": "admit", "id": "w1", "admit": true }));
        assert_eq!(server.page.eval("document.querySelectorAll('#knocks li').length")?, 0);

        // Somebody else became the host: this page decides nothing any more.
        server.say(&json!({ "type": "knock", "id": "w3", "name": "Eve" }))?;
        server.say(&json!({ "type": "room", "host": "other", "locked": true }))?;
        assert_eq!(server.page.eval("document.querySelectorAll('#knocks li').length")?, 0);
        assert_eq!(server.page.eval("document.querySelector('#lock').disabled")?, true);
        Ok(())
    });
}
