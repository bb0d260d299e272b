//! What the words of the table of calls mean.

/// Implements [`Call`](crate::Call) for the rows of the table, one by one; the words between `=>` and `;` differ.
macro_rules! calls {
    ([$($id:ident)*]) => {
        /// Ids of the operations that can be called, in alphabetical order.
        ///
        /// ```
        /// assert!(zapmail_sdk_ext::CALLS.contains(&"get_user"));
        /// ```
        pub const CALLS: &[&str] = &[$(stringify!($id)),*];
    };
    ([$($done:ident)*] $id:ident $builder:ident => data $data:ident; $($rest:tt)*) => {
        $crate::call::unwrap::one! { $id $builder zapmail_sdk::types::$data, |answer| answer.data }
        $crate::call::unwrap::calls! { [$($done)* $id] $($rest)* }
    };
    ([$($done:ident)*] $id:ident $builder:ident => data? $data:ident; $($rest:tt)*) => {
        $crate::call::unwrap::one! { $id $builder Option<zapmail_sdk::types::$data>, |answer| Some(answer.data) }
        $crate::call::unwrap::calls! { [$($done)* $id] $($rest)* }
    };
    ([$($done:ident)*] $id:ident $builder:ident => list Untyped; $($rest:tt)*) => {
        $crate::call::unwrap::one! { $id $builder Vec<zapmail_sdk::Untyped>, |answer| Some(answer.data) }
        $crate::call::unwrap::calls! { [$($done)* $id] $($rest)* }
    };
    ([$($done:ident)*] $id:ident $builder:ident => list $row:ident; $($rest:tt)*) => {
        $crate::call::unwrap::one! { $id $builder Vec<zapmail_sdk::types::$row>, |answer| Some(answer.data) }
        $crate::call::unwrap::calls! { [$($done)* $id] $($rest)* }
    };
    ([$($done:ident)*] $id:ident $builder:ident => list? $row:ident; $($rest:tt)*) => {
        $crate::call::unwrap::one! { $id $builder Vec<zapmail_sdk::types::$row>, |answer| Some(answer.data.unwrap_or_default()) }
        $crate::call::unwrap::calls! { [$($done)* $id] $($rest)* }
    };
    ([$($done:ident)*] $id:ident $builder:ident => untyped; $($rest:tt)*) => {
        $crate::call::unwrap::one! { $id $builder zapmail_sdk::Untyped, |answer| Some(answer.data.unwrap_or_default()) }
        $crate::call::unwrap::calls! { [$($done)* $id] $($rest)* }
    };
    ([$($done:ident)*] $id:ident $builder:ident => whole $data:ident; $($rest:tt)*) => {
        $crate::call::unwrap::one! { $id $builder zapmail_sdk::types::$data, |answer| Some(answer) }
        $crate::call::unwrap::calls! { [$($done)* $id] $($rest)* }
    };
    ([$($done:ident)*] $id:ident $builder:ident => file; $($rest:tt)*) => {
        impl $crate::Call for zapmail_sdk::builder::$builder<'_> {
            type Data = bytes::Bytes;
            const ID: &'static str = stringify!($id);

            async fn call(self) -> $crate::Result<Self::Data> {
                Ok($crate::call::exchange(self).await?.answer.body)
            }

            fn detached(self) -> futures::future::BoxFuture<'static, $crate::Result<Self::Data>> {
                let exchange = $crate::call::exchange_detached(self);
                Box::pin(async { Ok(exchange.await?.answer.body) })
            }
        }
        $crate::call::unwrap::calls! { [$($done)* $id] $($rest)* }
    };
}

/// One row whose answer is JSON.
macro_rules! one {
    ($id:ident $builder:ident $data:ty, $unwrap:expr) => {
        impl $crate::Call for zapmail_sdk::builder::$builder<'_> {
            type Data = $data;
            const ID: &'static str = stringify!($id);

            async fn call(self) -> $crate::Result<Self::Data> {
                $crate::call::data::<Self, _>(&$crate::call::exchange(self).await?, $unwrap)
            }

            fn detached(self) -> futures::future::BoxFuture<'static, $crate::Result<Self::Data>> {
                let exchange = $crate::call::exchange_detached(self);
                Box::pin(async { $crate::call::data::<Self, _>(&exchange.await?, $unwrap) })
            }
        }
    };
}

pub(super) use {calls, one};
