//! The GitHub API: comments, pull requests, reviews, issues. Errors say which permission is missing.

use std::time::Duration;

use reqwest::{Client, Method, Response, StatusCode, redirect};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use super::event::is_repository;

/// Items of a page; the most that GitHub gives (REST API, "Using pagination").
const PAGE: usize = 100;
/// Pages of a list that are read. A pull request with more comments than that has its own troubles.
const MAX_PAGES: usize = 50;
const CONNECT: Duration = Duration::from_secs(10);
const CALL: Duration = Duration::from_mins(1);
/// A read, or a write that says the whole, is tried so often.
const TRIES: usize = 3;

/// A call that did not do what it should, and what to do about that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ApiError {
    pub what: String,
    pub hint: Option<String>,
    /// The server's answer; `None` when there was none.
    pub status: Option<u16>,
}

/// One repository, seen with one token.
#[derive(Clone)]
pub struct Api {
    client: Client,
    base: Url,
    repository: String,
    token: Option<String>,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("repository", &self.repository).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct Comment {
    pub id: u64,
    #[serde(default)]
    pub body: Option<String>,
    pub user: Option<User>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct User {
    pub login: String,
    /// `User` or `Bot`.
    #[serde(rename = "type", default)]
    pub kind: String,
}

/// A pull request, as far as it matters here.
#[derive(Debug, Clone, Deserialize)]
pub struct Pull {
    pub number: u64,
    pub head: End,
    pub base: End,
    #[serde(default)]
    pub merged_at: Option<String>,
    #[serde(default)]
    pub merge_commit_sha: Option<String>,
}

/// A branch that a pull request comes from or goes to.
#[derive(Debug, Clone, Deserialize)]
pub struct End {
    #[serde(rename = "ref")]
    pub branch: String,
    pub sha: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Review {
    pub user: Option<User>,
    /// `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED`, `PENDING`.
    pub state: String,
    /// The commit that was looked at.
    pub commit_id: Option<String>,
    /// `OWNER`, `MEMBER`, `COLLABORATOR`, …
    #[serde(default)]
    pub author_association: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Issue {
    pub number: u64,
    #[serde(default)]
    pub body: Option<String>,
    pub user: Option<User>,
    #[serde(default)]
    pub pull_request: Option<Value>,
}

impl Api {
    /// For `repository` (`owner/name`) at `base` (`GITHUB_API_URL`).
    pub fn new(base: &str, repository: &str, token: Option<String>) -> Result<Self, ApiError> {
        let wrong = |what: String| ApiError { what, hint: None, status: None };
        let base = Url::parse(base).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let base = base.ok_or_else(|| wrong("`GITHUB_API_URL` is not an http or https URL".to_owned()))?;
        if !is_repository(repository) {
            return Err(wrong("`GITHUB_REPOSITORY` is not `owner/name`".to_owned()));
        }
        let local = crate::ports::is_loopback(&base);
        let builder = Client::builder()
            .user_agent(concat!("tgsync/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(CALL)
            .redirect(redirect::Policy::none());
        let builder =
            if local { builder.no_proxy().tls_built_in_root_certs(base.scheme() != "http") } else { builder };
        let client =
            builder.build().map_err(|error| wrong(format!("the HTTP client can't be set up: {error}")))?;
        Ok(Self { client, base, repository: repository.to_owned(), token })
    }

    /// All comments of a pull request or issue, the oldest first.
    pub async fn comments(&self, issue: u64) -> Result<Vec<Comment>, ApiError> {
        self.list(&format!("issues/{issue}/comments"), &[], "pull-requests: read").await
    }

    pub async fn create_comment(&self, issue: u64, body: &str) -> Result<(), ApiError> {
        let path = format!("issues/{issue}/comments");
        self.call(Method::POST, &path, Some(json!({ "body": body })), "pull-requests: write").await.map(drop)
    }

    pub async fn update_comment(&self, comment: u64, body: &str) -> Result<(), ApiError> {
        let path = format!("issues/comments/{comment}");
        self.call(Method::PATCH, &path, Some(json!({ "body": body })), "pull-requests: write").await.map(drop)
    }

    /// The pull requests that a commit is of, merged or not.
    pub async fn pulls_of(&self, commit: &str) -> Result<Vec<Pull>, ApiError> {
        self.list(&format!("commits/{commit}/pulls"), &[], "pull-requests: read").await
    }

    /// Open pull requests from `owner:branch`.
    pub async fn open_pulls(&self, from: &str) -> Result<Vec<Pull>, ApiError> {
        self.list("pulls", &[("state", "open"), ("head", from)], "pull-requests: read").await
    }

    pub async fn reviews(&self, pull: u64) -> Result<Vec<Review>, ApiError> {
        self.list(&format!("pulls/{pull}/reviews"), &[], "pull-requests: read").await
    }

    /// Open issues; pull requests, which GitHub lists among them, are left out.
    pub async fn open_issues(&self) -> Result<Vec<Issue>, ApiError> {
        let mut issues: Vec<Issue> = self.list("issues", &[("state", "open")], "issues: write").await?;
        issues.retain(|issue| issue.pull_request.is_none());
        Ok(issues)
    }

    pub async fn create_issue(&self, title: &str, body: &str) -> Result<(), ApiError> {
        let issue = json!({ "title": title, "body": body });
        self.call(Method::POST, "issues", Some(issue), "issues: write").await.map(drop)
    }

    /// Give an issue another text, and leave it open or close it.
    pub async fn update_issue(&self, issue: u64, body: &str, open: bool) -> Result<(), ApiError> {
        let path = format!("issues/{issue}");
        let state = if open { "open" } else { "closed" };
        let change = json!({ "body": body, "state": state });
        self.call(Method::PATCH, &path, Some(change), "issues: write").await.map(drop)
    }

    async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        right: &str,
    ) -> Result<Vec<T>, ApiError> {
        let mut all = Vec::new();
        for page in 1..=MAX_PAGES {
            let mut url = self.url(path)?;
            url.query_pairs_mut()
                .extend_pairs(query)
                .append_pair("per_page", &PAGE.to_string())
                .append_pair("page", &page.to_string());
            let answer = self.exchange(Method::GET, url, None, right).await?;
            let items: Vec<T> = serde_json::from_value(answer).map_err(|error| strange(path, &error))?;
            let last = items.len() < PAGE;
            all.extend(items);
            if last {
                break;
            }
        }
        Ok(all)
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        right: &str,
    ) -> Result<Value, ApiError> {
        self.exchange(method, self.url(path)?, body, right).await
    }

    fn url(&self, path: &str) -> Result<Url, ApiError> {
        let base = self.base.as_str().trim_end_matches('/');
        let url = Url::parse(&format!("{base}/repos/{}/{path}", self.repository));
        url.map_err(|error| ApiError {
            what: format!("`{path}` is no path: {error}"),
            hint: None,
            status: None,
        })
    }

    /// What was created twice would stand there twice: a `POST` is tried once.
    async fn exchange(
        &self,
        method: Method,
        url: Url,
        body: Option<Value>,
        right: &str,
    ) -> Result<Value, ApiError> {
        let tries = if method == Method::POST { 1 } else { TRIES };
        let mut result = self.once(&method, &url, body.as_ref(), right).await;
        for _ in 1..tries {
            match &result {
                Err(error) if error.status.is_none_or(|status| status >= 500) => {
                    result = self.once(&method, &url, body.as_ref(), right).await;
                }
                _ => break,
            }
        }
        result
    }

    async fn once(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&Value>,
        right: &str,
    ) -> Result<Value, ApiError> {
        let what = format!("{method} {}", url.path());
        let mut request = self
            .client
            .request(method.clone(), url.clone())
            .header("Accept", "application/vnd.github+json")
            .header("X-GitHub-Api-Version", "2022-11-28");
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| unreachable(&what, error))?;
        let status = response.status();
        if !status.is_success() {
            return Err(refused(&what, status, response, right).await);
        }
        response.json().await.map_err(|error| unreachable(&what, error))
    }
}

/// An error of the connection; its text does not hold the URL.
fn unreachable(what: &str, error: reqwest::Error) -> ApiError {
    let what = format!("{what}: GitHub does not answer: {}", error.without_url());
    ApiError { what, hint: Some("run the job again".to_owned()), status: None }
}

fn strange(path: &str, error: &serde_json::Error) -> ApiError {
    let what = format!("GET {path}: GitHub's answer is not what it documents: {error}");
    ApiError { what, hint: None, status: None }
}

async fn refused(what: &str, status: StatusCode, response: Response, right: &str) -> ApiError {
    #[derive(Deserialize)]
    struct Answer {
        message: String,
    }
    let limited = response.headers().get("x-ratelimit-remaining").is_some_and(|left| left == "0");
    let said = response.json::<Answer>().await.map(|answer| answer.message).unwrap_or_default();
    let hint = match status.as_u16() {
        429 => Some("GitHub limits how many calls are made: run the job again later".to_owned()),
        403 if limited => Some("GitHub limits how many calls are made: run the job again later".to_owned()),
        401 => Some(
            "the token is not valid: leave `GITHUB_TOKEN` out of `env`, and the job's own is taken"
                .to_owned(),
        ),
        // A token without a right gets 403 for what it may see and 404 for what it may not.
        403 | 404 => Some(format!("give the job the right: `permissions: {{{right}}}`")),
        _ => None,
    };
    let said: String = said.chars().filter(|c| !c.is_control()).take(300).collect();
    ApiError { what: format!("{what}: {status}: {said}"), hint, status: Some(status.as_u16()) }
}
