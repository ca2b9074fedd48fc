use super::*;

fn config() -> ServerConfig {
    ServerConfig::new(vec![SocketAddr::from(([127, 0, 0, 1], 0))])
}

#[tokio::test(start_paused = true)]
async fn a_panic_among_the_rooms_ends_the_server_with_a_reason() {
    let server = Server::bind(config()).await.expect("loopback can be listened on");
    let shared = Arc::clone(&server.site.shared);
    let task = std::thread::spawn(move || shared.with(|_, _| panic!("a fault in the rooms")));
    assert!(task.join().is_err());
    let ended = server.run(std::future::pending()).await;
    assert!(matches!(&ended, Err(ServeError::Broken("the rooms", _))), "{ended:?}");
}

#[tokio::test]
async fn a_folder_without_a_page_is_refused_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    for web_dir in [folder.path().to_owned(), folder.path().join("none")] {
        let refused = Server::bind(ServerConfig { web_dir: Some(web_dir), ..config() }).await;
        assert!(matches!(refused, Err(ServeError::NoPage(_))));
    }
    std::fs::write(folder.path().join(PAGE), "<!doctype html>").expect("it is ours");
    let web_dir = Some(folder.path().to_owned());
    assert!(Server::bind(ServerConfig { web_dir, ..config() }).await.is_ok());
}
